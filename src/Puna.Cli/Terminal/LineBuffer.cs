using System.Globalization;

namespace Puna.Cli.Terminal;

/// <summary>A line of text with a cursor in it, which moves by whole characters as a reader sees them (an accent or a joined emoji belongs to what it stands on).</summary>
internal sealed class LineBuffer
{
    /// <summary>The line.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The place before which text is inserted.</summary>
    public int Cursor { get; private set; }

    public void Set(string text) => (Text, Cursor) = (text, text.Length);

    public void Insert(string text) => (Text, Cursor) = (Text.Insert(Cursor, text), Cursor + text.Length);

    public void Home() => Cursor = 0;

    public void End() => Cursor = Text.Length;

    public void Left() => Cursor = Before(Cursor);

    public void Right() => Cursor = After(Cursor);

    /// <summary>To the beginning of the word before the cursor.</summary>
    public void WordLeft()
    {
        while (Cursor > 0 && char.IsWhiteSpace(Text[Cursor - 1])) Cursor--;
        while (Cursor > 0 && !char.IsWhiteSpace(Text[Cursor - 1])) Cursor--;
    }

    /// <summary>Behind the word after the cursor.</summary>
    public void WordRight()
    {
        while (Cursor < Text.Length && char.IsWhiteSpace(Text[Cursor])) Cursor++;
        while (Cursor < Text.Length && !char.IsWhiteSpace(Text[Cursor])) Cursor++;
    }

    public void DeleteLeft() => Cut(Before(Cursor), Cursor);

    public void DeleteRight() => Cut(Cursor, After(Cursor));

    public void DeleteWord()
    {
        var end = Cursor;
        WordLeft();
        Cut(Cursor, end);
    }

    public void DeleteToHome() => Cut(0, Cursor);

    public void DeleteToEnd() => Cut(Cursor, Text.Length);

    private void Cut(int from, int to) => (Text, Cursor) = (Text.Remove(from, to - from), from);

    private int After(int place) => place + StringInfo.GetNextTextElementLength(Text, place);

    private int Before(int place)
    {
        var before = 0;
        for (var at = 0; at < place; at = After(at)) before = at;
        return before;
    }
}
