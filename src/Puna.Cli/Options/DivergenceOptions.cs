using System.CommandLine;
using Puna.Evaluation;

namespace Puna.Cli.Options;

/// <summary>llama-perplexity's options for comparing a model with another's log-probabilities, and the tasks that they ask for.</summary>
internal sealed class DivergenceOptions
{
    private const string Writes = "chunked-perplexity", Reads = "kl-divergence";
    private readonly Option<string?> _base = new("--kl-divergence-base", "--save-all-logits") { Description = "A file of log-probabilities as llama-perplexity has them: written while chunked-perplexity is measured, or read with --kl-divergence", HelpName = "FILE" };
    private readonly Option<bool> _compare = new("--kl-divergence") { Description = "Measure how far the model is from the log-probabilities in --kl-divergence-base FILE, whichever program wrote it" };
    private readonly Option<int?> _chunks = NumberOption.Whole("--chunks", "At most so many chunks, for chunked-perplexity and kl-divergence (default: all)", 1);
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace the file of log-probabilities" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_base, _compare, _chunks, _overwrite]) command.Options.Add(option);
    }

    /// <summary>The tasks that were named, and those that these options ask for; perplexity where there are none.</summary>
    /// <exception cref="InvalidDataException">The options contradict each other, or a file would be lost.</exception>
    public IReadOnlyList<IEvaluationTask> Tasks(ParseResult parsed, string? named)
    {
        var names = (named ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToList();
        var file = parsed.GetValue(_base);
        if (parsed.GetValue(_compare)) names.Add(Reads);
        else if (file is not null && !names.Contains(Reads)) names.Add(Writes);
        if (names.Count == 0) names.Add("perplexity");
        var tasks = names.Distinct().Select(EvaluationTasks.ByName).ToArray();
        if (names.Contains(Reads))
        {
            if (file is null) throw new InvalidDataException("kl-divergence needs log-probabilities to compare with: give --kl-divergence-base FILE, which puna evaluate writes without --kl-divergence");
            if (names.Contains(Writes)) throw new InvalidDataException($"{Writes} would write {file} and {Reads} read it; give one of them at a time");
        }
        else if (file is not null)
        {
            if (Directory.Exists(file)) throw new InvalidDataException($"{file} is a folder; give the name of a file");
            if (File.Exists(file) && !parsed.GetValue(_overwrite)) throw new InvalidDataException($"{file} exists; add --kl-divergence to compare with it, or --overwrite to replace it");
        }
        return tasks;
    }

    /// <summary>Settings with what was asked for.</summary>
    public EvaluationSettings Complete(EvaluationSettings settings, ParseResult parsed) => settings with { BaseLogits = parsed.GetValue(_base), MostChunks = parsed.GetValue(_chunks) ?? 0 };
}
