using Puna.Cli.Terminal;

namespace Puna.Cli.Talking;

/// <summary>
/// Reads what a person says: a line, or several where a line ends with a backslash, or all between two <c>"""</c>. On a terminal lines can be edited; elsewhere they are
/// read as they come.
/// </summary>
internal sealed class MessageReader(Session session)
{
    private const string Prompt = "> ", More = ". ", Fence = "\"\"\"";
    private readonly LineEditor? _editor = session.Keys is { } keys ? new LineEditor(keys, session.Error, session.Width) : null;

    /// <summary>The next message; null where the input has ended. One that was dropped with Ctrl-C is empty.</summary>
    public string? Read()
    {
        if (Line(Prompt) is not { } line) return null;
        if (line.TrimStart().StartsWith(Fence, StringComparison.Ordinal)) return Fenced(line.TrimStart()[Fence.Length..]);
        while (line.EndsWith('\\'))
        {
            var next = Line(More);
            if (_editor?.WasDropped == true) return "";
            line = $"{line[..^1]}\n{next}";
            if (next is null) break;
        }
        return line;
    }

    private string Fenced(string text)
    {
        while (!text.TrimEnd().EndsWith(Fence, StringComparison.Ordinal))
        {
            if (Line(More) is not { } next) return text.TrimStart('\n');
            if (_editor?.WasDropped == true) return "";
            text = $"{text}\n{next}";
        }
        return text.TrimEnd()[..^Fence.Length].Trim('\n');
    }

    private string? Line(string prompt)
    {
        if (_editor is not null) return _editor.Read(prompt);
        if (session.InputIsTerminal)
        {
            session.Error.Write(prompt);
            session.Error.Flush();
        }
        return session.Input.ReadLine();
    }
}
