using System.Text;
using System.Text.Json;

namespace Puna.Experiments.Pretraining;

/// <summary>A model's or baseline's figures on one part of the data.</summary>
/// <param name="Loss">Nats a token.</param>
/// <param name="Accuracy">Share of tokens predicted right, 0 to 1.</param>
/// <param name="BitsPerByte">Bits a UTF-8 byte of text.</param>
public sealed record PartScore(double Loss, double Accuracy, double BitsPerByte)
{
    /// <summary>exp(loss).</summary>
    public double Perplexity => Math.Exp(Loss);
}

/// <summary>What a pretraining run comes to: the object that <c>--json</c> prints and result.json keeps.</summary>
/// <param name="Validation">The model on the validation part.</param>
/// <param name="Test">The model on the test part, where there is one.</param>
/// <param name="UnigramLoss">Validation loss of the unigram, nats.</param>
/// <param name="BigramLoss">Validation loss of the bigram, nats.</param>
/// <param name="TokensPerSecond">Training speed.</param>
/// <param name="Seconds">Training time.</param>
/// <param name="ModelPath">The model folder.</param>
public sealed record PretrainResult(PartScore Validation, PartScore? Test, double UnigramLoss, double BigramLoss, double TokensPerSecond, double Seconds, string ModelPath)
{
    /// <summary>What the time went to.</summary>
    public Reports.TimeAccount? Account { get; init; }

    /// <summary>The object as one line of JSON.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Write(json, "val_", Validation);
            if (Test is not null) Write(json, "test_", Test);
            Number(json, "unigram_loss", UnigramLoss);
            Number(json, "bigram_loss", BigramLoss);
            Number(json, "tokens_per_second", TokensPerSecond);
            Number(json, "seconds", Seconds);
            Account?.Write(json);
            json.WriteString("model_path", ModelPath);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, string prefix, PartScore score)
    {
        Number(json, prefix + "loss", score.Loss);
        Number(json, prefix + "perplexity", score.Perplexity);
        Number(json, prefix + "accuracy", score.Accuracy);
        Number(json, prefix + "bits_per_byte", score.BitsPerByte);
    }

    /// <summary>JSON has no infinity: the perplexity of a run that blew up is null.</summary>
    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }
}
