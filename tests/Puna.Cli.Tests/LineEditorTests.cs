using Puna.Cli.Terminal;

namespace Puna.Cli.Tests;

public sealed class LineEditorTests
{
    private static readonly ConsoleKeyInfo Enter = new('\r', ConsoleKey.Enter, false, false, false);

    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("ac<Left>b", "abc")]
    [InlineData("bc<Home>a<End>d", "abcd")]
    [InlineData("bc<^A>a<^E>d", "abcd")]
    [InlineData("abcd<^B><^B>X<^F>Y", "abXcYd")]
    [InlineData("abx<Backspace>c", "abc")]
    [InlineData("abxc<Left><Backspace><Backspace><Delete>", "a")]
    [InlineData("one two  three<^W>X", "one two  X")]
    [InlineData("one two three<^Left><^Left>X", "one Xtwo three")]
    [InlineData("one two<Home><^Right>X", "oneX two")]
    [InlineData("one two<^Left><^K>X", "one X")]
    [InlineData("one two<^Left><^U>X", "Xtwo")]
    [InlineData("a<^D>b<Left><^D>", "a")]
    [InlineData("漢字<Left>x", "漢x字")]
    [InlineData("e\u0301a<Left><Left>x", "xe\u0301a")]
    [InlineData("👩‍👩‍👧y<Left><Backspace>x", "xy")]
    [InlineData("a<Escape>b<F5>", "ab")]
    public void Keys_edit_the_line(string keys, string expected) => Read(keys).Lines.ShouldBe([expected]);

    [Fact]
    public void Earlier_lines_come_back_and_what_was_typed_is_not_lost()
    {
        Read("one<Enter>two<Enter><Up><Up>!<Enter>", count: 3).Lines.ShouldBe(["one", "two", "one!"]);
        Read("one<Enter>half<Up><Down>!<Enter>", count: 2).Lines.ShouldBe(["one", "half!"]);
        Read("one<Enter>two<Enter>x<^P><^P><^P><^N><^N><^N>y<Enter>", count: 3).Lines.ShouldBe(["one", "two", "xy"]);
    }

    [Fact]
    public void Ctrl_d_ends_the_input_and_ctrl_c_drops_the_line()
    {
        Read("<^D>").Lines.ShouldBe([null]);
        var (lines, drawn, keys) = Read("abc<^C><^C>d<Enter>", count: 3);
        lines.ShouldBe(["", "", "d"]);
        drawn.ShouldContain("Ctrl-D ends the input");
        keys.Taken.ShouldBe(0, "Ctrl-C is given back to the system between lines");
    }

    [Fact]
    public void What_is_pasted_keeps_its_line_ends()
    {
        using var terminal = new StringWriter();
        var keys = new Typed(Parse("one\rtwo<Enter>")) { IsPasted = true };
        new LineEditor(keys, terminal, () => 80).Read("> ").ShouldBe("one\ntwo");
        terminal.ToString().ShouldContain("one⏎two");
    }

    [Theory]
    [InlineData(10)]
    [InlineData(25)]
    [InlineData(80)]
    public void No_line_is_wider_than_the_terminal_and_the_cursor_is_where_the_text_goes(int width)
    {
        var (lines, drawn, _) = Read("a long line of words and 漢字漢字漢字漢字 and more of them, e\u0301e\u0301<Home><Right><Right>x<End><Left>y", width: width);
        lines[0]!.ShouldStartWith("a xlong");
        var screen = new Screen(width);
        screen.Write(drawn);
        screen.WentOver.ShouldBeFalse();
        screen.Lines[0].ShouldStartWith("> ");
        if (width == 80) screen.Lines[0].TrimEnd().ShouldEndWith("e\u0301ye\u0301");
    }

    private static (List<string?> Lines, string Drawn, Typed Keys) Read(string keys, int width = 200, int count = 1)
    {
        using var terminal = new StringWriter();
        var typed = new Typed([.. Parse(keys), Enter]);
        var editor = new LineEditor(typed, terminal, () => width);
        List<string?> lines = [];
        for (var i = 0; i < count; i++) lines.Add(editor.Read("> "));
        return (lines, terminal.ToString(), typed);
    }

    /// <summary>Text with keys in angle brackets; ^ is Ctrl.</summary>
    private static IEnumerable<ConsoleKeyInfo> Parse(string keys)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] != '<')
            {
                yield return new ConsoleKeyInfo(keys[i], keys[i] == '\r' ? ConsoleKey.Enter : default, false, false, false);
                continue;
            }
            var end = keys.IndexOf('>', i);
            var name = keys[(i + 1)..end];
            i = end;
            if (name is ['^', var letter] && char.IsAsciiLetterUpper(letter)) yield return new ConsoleKeyInfo((char)(letter - 'A' + 1), Enum.Parse<ConsoleKey>($"{letter}"), false, false, control: true);
            else yield return Named(name.TrimStart('^'), control: name[0] == '^');
        }
    }

    private static ConsoleKeyInfo Named(string name, bool control) => name switch
    {
        "Enter" => Enter,
        "Backspace" => new('\u007f', ConsoleKey.Backspace, false, false, control),
        "Left" or "Right" or "Up" or "Down" => new('\0', Enum.Parse<ConsoleKey>(name + "Arrow"), false, false, control),
        _ => new('\0', Enum.Parse<ConsoleKey>(name), false, false, control),
    };

    private sealed class Typed(IEnumerable<ConsoleKeyInfo> keys) : IKeys, IDisposable
    {
        private readonly Queue<ConsoleKeyInfo> _keys = new(keys);

        public bool IsPasted { get; init; }

        public int Taken { get; private set; }

        public bool IsWaiting => IsPasted && _keys.Count > 0;

        public ConsoleKeyInfo Read() => _keys.Dequeue();

        public IDisposable TakeInterrupts()
        {
            Taken++;
            return this;
        }

        public void Dispose() => Taken--;
    }

    /// <summary>As much of a terminal as the editor uses: carriage return, erasure to the end of the line, cursor to the right.</summary>
    private sealed class Screen(int width)
    {
        private readonly List<List<string>> _lines = [[]];
        private int _column;

        public bool WentOver { get; private set; }

        public string[] Lines => [.. _lines.Select(line => string.Concat(line))];

        public void Write(string text)
        {
            for (var i = 0; i < text.Length;)
            {
                if (text[i] == '\r') (_column, i) = (0, i + 1);
                else if (text[i] == '\n')
                {
                    _lines.Add([]);
                    i++;
                }
                else if (text[i] == '\u001b')
                {
                    var end = text.IndexOfAny(['K', 'C'], i);
                    if (text[end] == 'C') _column += int.Parse(text[(i + 2)..end]);
                    else if (_column < _lines[^1].Count) _lines[^1].RemoveRange(_column, _lines[^1].Count - _column);
                    i = end + 1;
                }
                else
                {
                    var length = System.Globalization.StringInfo.GetNextTextElementLength(text, i);
                    Put(text.Substring(i, length));
                    i += length;
                }
                WentOver |= _column >= width;
            }
        }

        private void Put(string element)
        {
            for (var cell = 0; cell < CellWidth.Of(element); cell++)
            {
                while (_lines[^1].Count <= _column) _lines[^1].Add(" ");
                _lines[^1][_column++] = cell == 0 ? element : "";
            }
        }
    }
}
