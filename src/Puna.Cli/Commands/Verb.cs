using System.CommandLine;

namespace Puna.Cli.Commands;

/// <summary>A verb: a command with examples in its help.</summary>
internal sealed class Verb : Command
{
    public Verb(string name, string description, params string[] examples)
        : base(name, description) => Examples = examples;

    /// <summary>What help says beyond the one line and the options.</summary>
    public string Remarks { get; init; } = "";

    /// <summary>Command lines with a remark each: «puna … # remark».</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>What the verb does; the result is the exit code.</summary>
    public Verb Does(Func<ParseResult, int> action)
    {
        SetAction(action);
        return this;
    }
}
