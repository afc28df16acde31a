using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Puna.Cli.Commands;
using Puna.Cli.Terminal;

namespace Puna.Cli.Reporting;

/// <summary>The usual help, then examples.</summary>
internal sealed class HelpWithExamples(HelpAction help, Session session) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var command = parseResult.CommandResult.Command;
        if (command is RootCommand root) return Overview.Write(root, session.Output);
        help.MaxWidth = Math.Clamp(session.Width(), 60, 140);
        var code = help.Invoke(parseResult);
        if (command is not Verb verb) return code;
        foreach (var line in Wrap(verb.Remarks, help.MaxWidth - 2)) session.Output.WriteLine($"  {line}");
        if (verb.Remarks.Length > 0) session.Output.WriteLine();
        session.Output.WriteLine("Examples:");
        foreach (var example in verb.Examples) session.Output.WriteLine($"  {example}");
        session.Output.WriteLine();
        return code;
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }
            line += line.Length > 0 ? $" {word}" : word;
        }
        if (line.Length > 0) yield return line;
    }
}
