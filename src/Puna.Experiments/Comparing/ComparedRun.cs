using System.Text.Json;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Runs;
using Puna.Models;

namespace Puna.Experiments.Comparing;

/// <summary>What one finished run of a comparison came to.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Validation">On the validation part.</param>
/// <param name="Test">On the test part, where there is one.</param>
/// <param name="UnigramLoss">Validation loss of the unigram, nats.</param>
/// <param name="BigramLoss">Validation loss of the bigram, nats.</param>
/// <param name="TokensPerSecond">Training speed.</param>
/// <param name="ParameterCount">Weights of the model.</param>
/// <param name="Metrics">The lines of its log.</param>
public sealed record ComparedRun(long Seed, PartScore Validation, PartScore? Test, double UnigramLoss, double BigramLoss, double TokensPerSecond, long ParameterCount, IReadOnlyList<MetricsLine> Metrics)
{
    /// <summary>Reads a finished run.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="seed">Its seed.</param>
    /// <exception cref="InvalidDataException">Its result is damaged.</exception>
    internal static ComparedRun Read(string folder, long seed)
    {
        var run = RunFolder.Read(folder);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(run.ResultPath));
            var root = json.RootElement;
            return new(seed, Part(root, "val_"), root.TryGetProperty("test_loss", out _) ? Part(root, "test_") : null, Number(root, "unigram_loss"), Number(root, "bigram_loss"),
                Number(root, "tokens_per_second"), ModelFolder.ReadConfig(run.ModelPath).ParameterCount, MetricsLog.Read(run.MetricsPath));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"{run.ResultPath} is no result of a pretraining run ({e.Message}); delete {folder} to train it again");
        }
    }

    private static PartScore Part(JsonElement root, string prefix) => new(Number(root, prefix + "loss"), Number(root, prefix + "accuracy"), Number(root, prefix + "bits_per_byte"));

    private static double Number(JsonElement root, string name) => root.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : double.NaN;
}
