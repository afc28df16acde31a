using System.CommandLine;
using Puna.Cli.Terminal;
using Puna.Text;

namespace Puna.Cli.Options;

/// <summary>Where prompts come from: the command line, a file, standard input, or a file of many.</summary>
internal sealed class PromptInputs
{
    private const int DefaultParallel = 4;
    private readonly Option<string?> _prompt = new("--prompt", "-p") { Description = "The text to continue, or the message to answer; - reads standard input, less one last line end", HelpName = "TEXT" };
    private readonly Option<string?> _file = new("--file", "-f") { Description = "Read the prompt from a file, less one last line end; - reads standard input", HelpName = "FILE" };
    private readonly Option<string?> _prompts = new("--prompts") { Description = "Answer every prompt of a file: a line each in FILE.txt; in FILE.jsonl a JSON string, or an object with prompt and perhaps system. Needs --output", HelpName = "FILE" };
    private readonly Option<string?> _output = CommonOptions.Output("Where the answers to --prompts go, a JSON object a line; a file that a stopped run left is gone on with", "FILE.jsonl");
    private readonly Option<int?> _parallel = NumberOption.Whole("--parallel", $"Compute so many answers to --prompts at once; none depends on it (default: {DefaultParallel}, or as many as --n)", 1, 1024);
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace the file that --output names instead of going on with it" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_prompt, _file, _prompts, _output, _parallel, _overwrite]) command.Options.Add(option);
    }

    /// <summary>The one prompt.</summary>
    /// <exception cref="InvalidDataException">Two are given, or the file is not UTF-8 text.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public string One(ParseResult parsed, Session session)
    {
        if (parsed.GetValue(_output) is not null || parsed.GetValue(_overwrite)) throw new InvalidDataException("--output and --overwrite belong to --prompts FILE; a single answer goes to standard output");
        if (parsed.GetValue(_parallel) is not null) throw new InvalidDataException("--parallel belongs to --prompts FILE; the samples of a single prompt are always computed together");
        return (parsed.GetValue(_prompt), parsed.GetValue(_file)) switch
        {
            ({ }, { }) => throw new InvalidDataException("--prompt and --file both name a prompt; give one of them"),
            ("-", _) or (_, "-") => WithoutLineEnd(session.Input.ReadToEnd()),
            (_, { } file) => WithoutLineEnd(TextFile.Read(file)),
            var (prompt, _) => prompt ?? "",
        };
    }

    /// <summary>The file of prompts, where its answers go and how many are computed at once; null where one prompt is meant.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="samples">Answers to each prompt.</param>
    /// <exception cref="InvalidDataException">A prompt is named beside it, or no place for the answers.</exception>
    public (string Prompts, string Output, bool Overwrite, int Parallel)? Many(ParseResult parsed, int samples)
    {
        if (parsed.GetValue(_prompts) is not { } prompts) return null;
        if (parsed.GetValue(_prompt) is not null || parsed.GetValue(_file) is not null) throw new InvalidDataException("--prompts names a file of prompts, and --prompt or --file one more; give one of them");
        var output = parsed.GetValue(_output) ?? throw new InvalidDataException("--prompts needs a place for the answers: give --output FILE.jsonl");
        if (Path.GetFullPath(output) == Path.GetFullPath(prompts)) throw new InvalidDataException($"--output {output} would replace the prompts; name another file");
        return (prompts, output, parsed.GetValue(_overwrite), parsed.GetValue(_parallel) ?? Math.Max(DefaultParallel, samples));
    }

    private static string WithoutLineEnd(string text) => text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
}
