using System.Text.Json;

namespace Puna.Experiments.Runs;

/// <summary>One time that a run was resumed.</summary>
/// <param name="Step">The step it went on from.</param>
/// <param name="LostSteps">Steps after it that had been done and were done again.</param>
/// <param name="Elapsed">Seconds of the run by the clock on the wall up to then, this sitting's preparation included.</param>
public sealed record Restart(long Step, long LostSteps, double Elapsed);

/// <summary>
/// <c>restarts.jsonl</c>: a line for each time a run was resumed. It is what a run knows about itself that its checkpoints cannot know,
/// because it happened after they were written.
/// </summary>
public static class RestartLog
{
    /// <summary>All lines; a last one cut short is passed over.</summary>
    /// <param name="path">The file; may be missing.</param>
    public static IReadOnlyList<Restart> Read(string path) => File.Exists(path) ? [.. File.ReadLines(path).Select(Parse).OfType<Restart>()] : [];

    /// <summary>Adds a line and flushes it to the disk.</summary>
    /// <param name="path">The file; made where it is missing.</param>
    /// <param name="restart">What to say.</param>
    /// <exception cref="IOException">The disk is full or not writable; the lines before are untouched.</exception>
    public static void Append(string path, Restart restart) => Puna.Text.AtomicFile.Write(path, stream =>
    {
        foreach (var line in (IEnumerable<Restart>)[.. Read(path), restart])
        {
            using (var json = new Utf8JsonWriter(stream))
            {
                json.WriteStartObject();
                json.WriteNumber("step", line.Step);
                json.WriteNumber("lost_steps", line.LostSteps);
                json.WriteNumber("elapsed", line.Elapsed);
                json.WriteEndObject();
            }
            stream.Write("\n"u8);
        }
    });

    private static Restart? Parse(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            return new Restart(root.GetProperty("step").GetInt64(), root.GetProperty("lost_steps").GetInt64(), root.GetProperty("elapsed").GetDouble());
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
