using System.Globalization;
using System.Text.Json;
using Puna.Training;

namespace Puna.Experiments.Reports;

/// <summary>What a run spent its time on, and what it lost.</summary>
/// <param name="Time">The seconds by kind.</param>
/// <param name="Restarts">How often the run was resumed.</param>
/// <param name="LostSteps">Steps that were done again because of that.</param>
/// <param name="SkippedSteps">Steps skipped because loss or gradient was not finite.</param>
public sealed record TimeAccount(TimeSpent Time, int Restarts, long LostSteps, int SkippedSteps)
{
    /// <summary>The card at the top of a report.</summary>
    public ReportCard Card => new("Effective training time", Percent(Time.EffectiveShare), $"lost: restarts {Percent(OfAll(Time.Restarts))}, checkpoints {Percent(OfAll(Time.Checkpoints))}, skipped steps {Percent(OfAll(Time.Skipped))}");

    /// <summary>The table of a report.</summary>
    public TableSection Table
    {
        get
        {
            TableRow Row(string name, double seconds, string note) => new([name, Figures.Duration(seconds), Percent(OfAll(seconds)), note]);
            return new TableSection([new TableColumn(""), new TableColumn("Time", true), new TableColumn("Share", true), new TableColumn("")],
                [
                    Row("Training steps", Time.Training, ""),
                    Row("Preparation, evaluation, samples", Time.Other, ""),
                    Row("Lost to restarts", Time.Restarts, $"{Figures.Count(Restarts)} {(Restarts == 1 ? "restart" : "restarts")}, {Figures.Count(LostSteps)} {(LostSteps == 1 ? "step" : "steps")} done again"),
                    Row("Lost to checkpoints", Time.Checkpoints, ""),
                    Row("Lost to skipped steps", Time.Skipped, $"{Figures.Count(SkippedSteps)} skipped"),
                    new TableRow(["Effective training time", Figures.Duration(Time.Elapsed - Time.Lost), Percent(Time.EffectiveShare), "the share not lost"], IsStrong: true),
                ], "By the clock on the wall, all sittings together; the time between an interruption and its resumption does not count.")
            { Heading = "Time" };
        }
    }

    /// <summary>What of the losses stands out, for a reader who looks at nothing else; null where nothing does.</summary>
    /// <param name="curves">One stage.</param>
    public static NoticeSection? Notice(TrainingCurves curves)
    {
        var spikes = curves.Spikes.Select(point => (long)point.X).ToArray();
        var skipped = curves.Skipped.Select(point => (long)point.X).ToArray();
        if (spikes.Length + skipped.Length == 0) return null;
        var sentences = new List<string>();
        if (skipped.Length > 0) sentences.Add($"{Count(skipped, "step was", "steps were")} skipped because loss or gradient was not finite ({List(skipped)}).");
        if (spikes.Length > 0) sentences.Add(string.Create(CultureInfo.InvariantCulture, $"{Count(spikes, "loss stands", "losses stand")} out: above mean + {LossSpikes.Deviations} standard deviations of the {LossSpikes.Window} before ({List(spikes)})."));
        return new NoticeSection(skipped.Length > 0 ? "Steps were skipped." : "The loss has spikes.", string.Join(' ', sentences) + " The chart of the loss marks them.");
    }

    /// <summary>Adds the figures to a JSON object: the share, the seconds behind it and the counts.</summary>
    internal void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("effective_training_time", Time.EffectiveShare);
        json.WriteNumber("elapsed_seconds", Time.Elapsed);
        json.WriteStartObject("lost_seconds");
        json.WriteNumber("restarts", Time.Restarts);
        json.WriteNumber("checkpoints", Time.Checkpoints);
        json.WriteNumber("skipped_steps", Time.Skipped);
        json.WriteEndObject();
        json.WriteNumber("restarts", Restarts);
        json.WriteNumber("skipped_steps", SkippedSteps);
    }

    private double OfAll(double seconds) => Time.Elapsed > 0 ? seconds / Time.Elapsed : 0;

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Count(long[] steps, string one, string many) => steps.Length == 1 ? $"One {one}" : $"{Figures.Count(steps.Length)} {many}";

    private static string List(long[] steps) => "step " + string.Join(", ", steps.Take(8).Select(Figures.Count)) + (steps.Length > 8 ? " …" : "");
}
