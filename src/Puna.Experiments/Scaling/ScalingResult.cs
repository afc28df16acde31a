using System.Text;
using System.Text.Json;

namespace Puna.Experiments.Scaling;

/// <summary>A prediction and what was trained afterwards.</summary>
/// <param name="Prediction">From the smaller budgets alone.</param>
/// <param name="Measured">The budget once trained; null before.</param>
public sealed record CheckedPrediction(ScalingPrediction Prediction, IsoFlop? Measured);

/// <summary>What a ladder comes to.</summary>
/// <param name="Results">Every training.</param>
/// <param name="Fit">Fitted to the budgets; null without a ladder.</param>
/// <param name="Intervals">Of the exponents.</param>
/// <param name="Check">The largest budget predicted from the others; null with fewer than three.</param>
/// <param name="Next">The budget after the largest; null without a fit.</param>
/// <param name="Comparison">The single runs.</param>
public sealed record ScalingResult(IReadOnlyList<LadderResult> Results, ScalingFit? Fit, Bootstrap? Intervals, CheckedPrediction? Check, ScalingPrediction? Next, RunComparison Comparison)
{
    /// <summary>The object that <c>--json</c> prints and result.json keeps.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("runs");
            foreach (var result in Results)
            {
                json.WriteStartObject();
                LadderResults.WriteFields(json, result);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (Fit is not null) WriteFit(json, Fit, Intervals!);
            if (Check is not null) WriteCheck(json, Check);
            if (Next is not null) WritePrediction(json, "next", Next);
            WriteComparison(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteFit(Utf8JsonWriter json, ScalingFit fit, Bootstrap intervals)
    {
        json.WriteStartArray("budgets");
        foreach (var budget in fit.Budgets)
        {
            json.WriteStartObject();
            json.WriteNumber("flops", budget.Budget);
            json.WriteBoolean("has_minimum", budget.HasMinimum);
            json.WriteBoolean("minimum_is_inside", budget.IsInside);
            if (budget.HasMinimum)
            {
                Number(json, "parameters", budget.BestParameters);
                Number(json, "tokens", budget.BestTokens);
                Number(json, "loss", budget.BestLoss);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (fit.Size is { } size) Exponent(json, "size_exponent", size.Exponent, intervals.SizeExponent);
        if (fit.Data is { } data) Exponent(json, "data_exponent", data.Exponent, intervals.DataExponent);
        if (fit.Loss is { } curve)
        {
            Exponent(json, "loss_exponent", curve.Exponent, intervals.LossExponent);
            Number(json, "loss_irreducible", curve.Irreducible);
        }
        if (fit.Law is not { } law) return;
        json.WriteStartObject("law");
        Number(json, "e", law.Irreducible);
        Number(json, "a", law.A);
        Number(json, "b", law.B);
        Number(json, "alpha", law.Alpha);
        Number(json, "beta", law.Beta);
        json.WriteEndObject();
        Exponent(json, "law_size_exponent", law.SizeExponent, intervals.LawSizeExponent);
    }

    private static void WriteCheck(Utf8JsonWriter json, CheckedPrediction check)
    {
        WritePrediction(json, "prediction", check.Prediction);
        if (check.Measured is not { HasMinimum: true } measured) return;
        json.WriteStartObject("measured");
        Number(json, "parameters", measured.BestParameters);
        Number(json, "tokens", measured.BestTokens);
        Number(json, "loss", measured.BestLoss);
        json.WriteEndObject();
        json.WriteStartObject("prediction_error");
        Number(json, "parameters", check.Prediction.Parameters / measured.BestParameters - 1);
        Number(json, "tokens", check.Prediction.Tokens / measured.BestTokens - 1);
        if (check.Prediction.Loss is { } loss) Number(json, "loss", loss / measured.BestLoss - 1);
        if (check.Prediction.LossByLaw is { } byLaw) Number(json, "loss_by_law", byLaw / measured.BestLoss - 1);
        json.WriteEndObject();
    }

    private static void WritePrediction(Utf8JsonWriter json, string name, ScalingPrediction prediction)
    {
        json.WriteStartObject(name);
        Number(json, "flops", prediction.Budget);
        Number(json, "parameters", prediction.Parameters);
        Number(json, "tokens", prediction.Tokens);
        if (prediction.Loss is { } loss) Number(json, "loss", loss);
        if (prediction.LossByLaw is { } byLaw) Number(json, "loss_by_law", byLaw);
        json.WriteEndObject();
    }

    private void WriteComparison(Utf8JsonWriter json)
    {
        json.WriteStartArray("log_linear");
        foreach (var line in Comparison.Lines)
        {
            json.WriteStartObject();
            Number(json, "parameters", line.Parameters);
            Number(json, "loss_per_doubling", line.PerDoubling);
            Number(json, "r_squared", line.Fit);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("equal_cost");
        foreach (var pair in Comparison.AtEqualTraining.Concat(Comparison.AtEqualLife))
        {
            json.WriteStartObject();
            json.WriteString("smaller", pair.Smaller.Run.Name);
            json.WriteString("larger", pair.Larger.Run.Name);
            Number(json, "served_tokens", pair.Served);
            Number(json, "smaller_is_better_by", pair.Advantage);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Exponent(Utf8JsonWriter json, string name, double value, Interval? interval)
    {
        json.WriteStartObject(name);
        Number(json, "value", value);
        if (interval is { } range)
        {
            Number(json, "low", range.Low);
            Number(json, "high", range.High);
        }
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }
}
