using System.Text;
using System.Text.Json;

namespace Puna.Experiments.Comparing;

/// <summary>A comparison as JSON: the object that <c>--json</c> prints and result.json keeps.</summary>
public static class ComparisonJson
{
    /// <summary>One line of JSON.</summary>
    public static string Write(Comparison comparison)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("seeds");
            foreach (var seed in comparison.Seeds) json.WriteNumberValue(seed);
            json.WriteEndArray();
            Number(json, "unigram_loss", comparison.Entrants[0].Runs[0].UnigramLoss);
            Number(json, "bigram_loss", comparison.Entrants[0].Runs[0].BigramLoss);
            json.WriteStartArray("recipes");
            foreach (var entrant in comparison.Entrants) Write(json, comparison, entrant);
            json.WriteEndArray();
            json.WriteStartObject("settings");
            foreach (var setting in comparison.Settings)
            {
                json.WriteStartArray(setting.Key);
                foreach (var value in setting.Values) json.WriteStringValue(value);
                json.WriteEndArray();
            }
            json.WriteEndObject();
            json.WriteString("caveat", comparison.Caveat);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, Comparison comparison, Entrant entrant)
    {
        json.WriteStartObject();
        json.WriteString("name", entrant.Name);
        json.WriteNumber("parameters", entrant.Runs[0].ParameterCount);
        foreach (var figure in ComparedFigure.Of(comparison))
        {
            var statistics = entrant.Of(figure.Value);
            json.WriteStartObject(figure.Key);
            Number(json, "mean", statistics.Mean);
            Number(json, "standard_deviation", statistics.Deviation);
            json.WriteStartArray("values");
            foreach (var run in entrant.Runs)
            {
                if (double.IsFinite(figure.Value(run))) json.WriteNumberValue(figure.Value(run));
                else json.WriteNullValue();
            }
            json.WriteEndArray();
            if (entrant != comparison.Entrants[0]) Difference(json, comparison.Difference(entrant, figure.Value));
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Difference(Utf8JsonWriter json, SampleStatistics difference)
    {
        json.WriteStartObject("difference");
        Number(json, "mean", difference.Mean);
        Number(json, "standard_error", difference.StandardError);
        Number(json, "confidence_95", difference.Confidence);
        json.WriteBoolean("exceeds_noise", difference.IsNotZero);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }
}
