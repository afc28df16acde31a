using System.Text;
using System.Text.Json;
using Puna.Text;

namespace Puna.Experiments.Scaling;

/// <summary>What came out of one training.</summary>
/// <param name="Run">The training.</param>
/// <param name="Loss">Nats a token on the held-out stories.</param>
/// <param name="Seconds">Training time.</param>
/// <param name="Curve">Tokens seen and the mean training loss since the point before.</param>
public sealed record LadderResult(LadderRun Run, double Loss, double Seconds, IReadOnlyList<(double Tokens, double Loss)> Curve)
{
    /// <summary>Operations a second.</summary>
    public double FlopsPerSecond => Run.Flops / Seconds;
}

/// <summary>The finished trainings of a ladder, kept in a file of JSON lines so that an interrupted ladder goes on with the next one.</summary>
public sealed class LadderResults
{
    private readonly string _path;
    private readonly List<string> _lines = [];
    private readonly Dictionary<string, (double Loss, double Seconds, (double, double)[] Curve)> _kept = [];

    /// <summary>Reads what is there. Lines that are none, and a last one cut short, are passed over.</summary>
    /// <param name="path">The file; may be missing.</param>
    public LadderResults(string path)
    {
        _path = path;
        if (!File.Exists(path)) return;
        foreach (var line in File.ReadLines(path)) if (TryRead(line)) _lines.Add(line);
    }

    /// <summary>The kept result of a training with exactly these settings, or null.</summary>
    public LadderResult? Find(LadderRun run) =>
        _kept.TryGetValue(run.Settings, out var kept) ? new LadderResult(run, kept.Loss, kept.Seconds, kept.Curve) : null;

    /// <summary>Keeps a result.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Add(LadderResult result)
    {
        var line = Write(result);
        TryRead(line);
        _lines.Add(line);
        AtomicFile.WriteText(_path, string.Join('\n', _lines) + "\n");
    }

    private bool TryRead(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var curve = root.GetProperty("curve").EnumerateArray().Select(point => (point[0].GetDouble(), point[1].GetDouble())).ToArray();
            _kept[root.GetProperty("settings").GetString()!] = (root.GetProperty("loss").GetDouble(), root.GetProperty("seconds").GetDouble(), curve);
            return true;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            return false;
        }
    }

    private static string Write(LadderResult result)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteFields(json, result);
            json.WriteString("settings", result.Run.Settings);
            json.WriteStartArray("curve");
            foreach (var (tokens, loss) in result.Curve)
            {
                json.WriteStartArray();
                json.WriteNumberValue(tokens);
                json.WriteNumberValue(loss);
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>A training and its loss, as members of an open object.</summary>
    internal static void WriteFields(Utf8JsonWriter json, LadderResult result)
    {
        var run = result.Run;
        json.WriteString("name", run.Name);
        if (run.Budget is { } budget) json.WriteNumber("budget", budget);
        json.WriteNumber("hidden_size", run.Config.HiddenSize);
        json.WriteNumber("layers", run.Config.LayerCount);
        json.WriteNumber("parameters", run.Parameters);
        json.WriteNumber("steps", run.Steps);
        json.WriteNumber("tokens", run.Tokens);
        json.WriteNumber("flops", run.Flops);
        json.WriteNumber("learning_rate", run.Recipe.Optimizer.LearningRate);
        json.WriteNumber("loss", result.Loss);
        json.WriteNumber("seconds", result.Seconds);
    }
}
