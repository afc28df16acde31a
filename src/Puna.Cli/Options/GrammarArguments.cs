using System.CommandLine;
using Puna.Inference;
using Puna.Text;

namespace Puna.Cli.Options;

/// <summary>What the output must be, for verbs that write text; llama.cpp's names where it has one.</summary>
internal sealed class GrammarArguments
{
    private readonly Option<string?> _grammar = new("--grammar") { Description = "The output follows this GBNF grammar, whose rule root is the whole", HelpName = "TEXT" };
    private readonly Option<string?> _grammarFile = new("--grammar-file") { Description = "As --grammar, from a file", HelpName = "FILE" };
    private readonly Option<string?> _schema = new("--json-schema", "-j") { Description = "The output is JSON that satisfies this JSON schema; {} takes any JSON", HelpName = "TEXT" };
    private readonly Option<string?> _schemaFile = new("--json-schema-file") { Description = "As --json-schema, from a file", HelpName = "FILE" };
    private readonly Option<string?> _regex = new("--regex") { Description = "The whole output matches this regular expression", HelpName = "TEXT" };

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Options.Add(option);
    }

    /// <summary>What was asked for, read and checked; null for nothing.</summary>
    /// <exception cref="InvalidDataException">Two of them, or a mistake in one; its place is named.</exception>
    public OutputGrammar? Grammar(ParseResult parsed)
    {
        var given = All.Where(option => parsed.GetValue(option) is not null).ToArray();
        if (given.Length > 1) throw new InvalidDataException($"{given[0].Name} and {given[1].Name} contradict each other; give one of them");
        if (given.Length == 0) return null;
        var text = parsed.GetValue(given[0])!;
        if (given[0] == _grammar) return OutputGrammar.FromGbnf(text, "--grammar");
        if (given[0] == _grammarFile) return OutputGrammar.FromGbnf(TextFile.Read(text), text);
        if (given[0] == _schema) return OutputGrammar.FromJsonSchema(text, "--json-schema");
        return given[0] == _schemaFile ? OutputGrammar.FromJsonSchema(TextFile.Read(text), text) : OutputGrammar.FromRegex(text, "--regex");
    }

    private Option<string?>[] All => [_grammar, _grammarFile, _schema, _schemaFile, _regex];
}
