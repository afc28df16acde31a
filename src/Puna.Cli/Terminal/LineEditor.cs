using System.Globalization;
using System.Text;

namespace Puna.Cli.Terminal;

/// <summary>
/// Lets a person edit a line: arrows, Home and End, words, and the lines before it. The keys are those of shells: Ctrl-A and E, B and F, P and N, W, U, K, L; Ctrl-D ends the
/// input on an empty line, Ctrl-C drops the line. A line wider than the terminal is shown in part. What is pasted keeps its line ends.
/// </summary>
internal sealed class LineEditor(IKeys keys, TextWriter terminal, Func<int> width)
{
    private const string Ending = "Ctrl-D ends the input";
    private const char ShownLineEnd = '\u23CE', ShownControl = '\u00B7';
    private readonly List<string> _history = [];

    /// <summary>Whether the latest line was dropped with Ctrl-C.</summary>
    public bool WasDropped { get; private set; }

    /// <summary>Reads a line; null where the input is ended. A dropped line is empty.</summary>
    /// <param name="prompt">Before the line, of characters one cell wide.</param>
    public string? Read(string prompt)
    {
        using var interrupts = keys.TakeInterrupts();
        WasDropped = false;
        var (line, place, typed) = (new LineBuffer(), _history.Count, "");
        while (true)
        {
            Draw(prompt, line);
            var key = keys.Read();
            switch (LineEdits.Of(key))
            {
                case LineEdit.Accept when keys.IsWaiting:
                    line.Insert("\n");
                    break;
                case LineEdit.Accept:
                    line.End();
                    Leave(prompt, line);
                    if (line.Text.Trim().Length > 0 && (_history.Count == 0 || _history[^1] != line.Text)) _history.Add(line.Text);
                    return line.Text;
                case LineEdit.Drop:
                    Leave(prompt, line);
                    if (line.Text.Length == 0) terminal.Write($"({Ending})\r\n");
                    WasDropped = true;
                    return "";
                case LineEdit.EndOfInput when line.Text.Length == 0:
                    Leave(prompt, line);
                    return null;
                case LineEdit.Earlier when place > 0:
                    if (place == _history.Count) typed = line.Text;
                    line.Set(_history[--place]);
                    break;
                case LineEdit.Later when place < _history.Count:
                    line.Set(++place == _history.Count ? typed : _history[place]);
                    break;
                case LineEdit.ClearScreen:
                    terminal.Write("\u001b[H\u001b[2J");
                    break;
                case LineEdit.Insert:
                    line.Insert(key.KeyChar.ToString());
                    break;
                case var edit:
                    Change(line, edit);
                    break;
            }
        }
    }

    private static void Change(LineBuffer line, LineEdit edit)
    {
        switch (edit)
        {
            case LineEdit.Left: line.Left(); break;
            case LineEdit.Right: line.Right(); break;
            case LineEdit.WordLeft: line.WordLeft(); break;
            case LineEdit.WordRight: line.WordRight(); break;
            case LineEdit.Home: line.Home(); break;
            case LineEdit.End: line.End(); break;
            case LineEdit.DeleteLeft: line.DeleteLeft(); break;
            case LineEdit.DeleteRight or LineEdit.EndOfInput: line.DeleteRight(); break;
            case LineEdit.DeleteWord: line.DeleteWord(); break;
            case LineEdit.DeleteToHome: line.DeleteToHome(); break;
            case LineEdit.DeleteToEnd: line.DeleteToEnd(); break;
        }
    }

    private void Leave(string prompt, LineBuffer line)
    {
        Draw(prompt, line);
        terminal.Write("\r\n");
        terminal.Flush();
    }

    /// <summary>One write: the part of the line around the cursor that fits, then the cursor at its place.</summary>
    private void Draw(string prompt, LineBuffer line)
    {
        var room = Math.Max(1, width() - prompt.Length - 1);
        var (elements, cursor) = (new List<(string Text, int Cells)>(), 0);
        for (var at = 0; at < line.Text.Length;)
        {
            if (at < line.Cursor) cursor++;
            var length = StringInfo.GetNextTextElementLength(line.Text, at);
            var element = line.Text.Substring(at, length);
            element = element[0] is '\n' or '\r' ? $"{ShownLineEnd}" : char.IsControl(element[0]) || element is [>= '\ud800' and <= '\udfff'] ? $"{ShownControl}" : element; // half a pair until the other half comes
            elements.Add((element, CellWidth.Of(element)));
            at += length;
        }
        var first = 0;
        var before = elements.Take(cursor).Sum(element => element.Cells);
        while (before > room) before -= elements[first++].Cells;
        var shown = new StringBuilder().Append('\r').Append(prompt);
        var cells = 0;
        for (var i = first; i < elements.Count && cells + elements[i].Cells <= room; i++)
        {
            shown.Append(elements[i].Text);
            cells += elements[i].Cells;
        }
        shown.Append("\u001b[K\r");
        if (prompt.Length + before > 0) shown.Append(CultureInfo.InvariantCulture, $"\u001b[{prompt.Length + before}C");
        terminal.Write(shown);
        terminal.Flush();
    }
}
