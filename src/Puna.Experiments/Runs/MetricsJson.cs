using System.Buffers;
using System.Text.Json;

namespace Puna.Experiments.Runs;

/// <summary>A <see cref="MetricsLine"/> as a line of JSON and back.</summary>
internal static class MetricsJson
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 4 };

    /// <summary>Adds a line to a buffer by a writer on that buffer, which is used again and again.</summary>
    public static void Write(MetricsLine line, Utf8JsonWriter json, ArrayBufferWriter<byte> buffer)
    {
        json.Reset(buffer);
        json.WriteStartObject();
        json.WriteNumber("step", line.Step);
        if (line.Stage is not null) json.WriteString("stage", line.Stage);
        json.WriteString("split", line.Split switch { MetricsSplit.Train => "train", MetricsSplit.Validation => "validation", _ => "test" });
        var prefix = Prefix(line.Split);
        Number(json, prefix + "loss", line.Loss);
        Number(json, prefix + "accuracy", line.Accuracy);
        Number(json, prefix + "perplexity", line.Perplexity);
        Number(json, prefix + "bits_per_byte", line.BitsPerByte);
        Number(json, "learning_rate", line.LearningRate);
        Number(json, "grad_norm", line.GradNorm);
        Number(json, "tokens_per_second", line.TokensPerSecond);
        Number(json, "mfu", line.Utilization);
        if (line.MemoryBytes is { } memory) json.WriteNumber("memory_bytes", memory);
        Number(json, "seconds", line.Seconds);
        Number(json, "elapsed", line.Elapsed);
        if (line.IsSkipped) json.WriteBoolean("skipped", true);
        if (line.IsSpike) json.WriteBoolean("spike", true);
        if (line.Tokens is { } tokens) json.WriteNumber("tokens", tokens);
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
    }

    /// <summary>Reads a line; null where it is no line of metrics. Keys that this version does not know are passed over.</summary>
    public static MetricsLine? TryRead(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8, ReaderOptions);
            if (!JsonDocument.TryParseValue(ref reader, out var document)) return null;
            using (document)
            {
                var root = document.RootElement;
                if (reader.BytesConsumed != utf8.TrimEnd(" \t\r\n"u8).Length || root.ValueKind != JsonValueKind.Object) return null;
                if (!root.TryGetProperty("step", out var step) || step.ValueKind != JsonValueKind.Number || !step.TryGetInt64(out var number)) return null;
                return Read(root, number);
            }
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static MetricsLine? Read(JsonElement root, long step)
    {
        MetricsSplit split;
        switch (Text(root, "split"))
        {
            case "train": split = MetricsSplit.Train; break;
            case "validation": split = MetricsSplit.Validation; break;
            case "test": split = MetricsSplit.Test; break;
            default: return null;
        }
        var prefix = Prefix(split);
        return new MetricsLine(step, split)
        {
            Stage = Text(root, "stage"),
            Loss = Number(root, prefix + "loss"),
            Accuracy = Number(root, prefix + "accuracy"),
            Perplexity = Number(root, prefix + "perplexity"),
            BitsPerByte = Number(root, prefix + "bits_per_byte"),
            LearningRate = Number(root, "learning_rate"),
            GradNorm = Number(root, "grad_norm"),
            TokensPerSecond = Number(root, "tokens_per_second"),
            Seconds = Number(root, "seconds"),
            Elapsed = Number(root, "elapsed"),
            IsSkipped = Flag(root, "skipped"),
            IsSpike = Flag(root, "spike"),
            Utilization = Number(root, "mfu"),
            MemoryBytes = Whole(root, "memory_bytes"),
            Tokens = Whole(root, "tokens"),
        };
    }

    private static string Prefix(MetricsSplit split) => split switch { MetricsSplit.Validation => "val_", MetricsSplit.Test => "test_", _ => "" };

    // JSON has no NaN; null is what most readers make of it.
    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is not { } number) return;
        if (double.IsFinite(number)) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }

    private static double? Number(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : double.NaN;
    }

    private static long? Whole(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
    private static bool Flag(JsonElement root, string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
