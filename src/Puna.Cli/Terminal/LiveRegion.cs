using System.Text;

namespace Puna.Cli.Terminal;

/// <summary>
/// The last lines of a terminal, redrawn in place. Each frame is one write and every line is overwritten rather than cleared first, so nothing
/// flickers. Lines must not be wider than the terminal.
/// </summary>
internal sealed class LiveRegion(TextWriter terminal)
{
    private const string ToLineEnd = "\u001b[K", ToScreenEnd = "\u001b[J";
    private IReadOnlyList<string> _lines = [];

    /// <summary>Shows these lines in place of the last ones.</summary>
    public void Draw(IReadOnlyList<string> lines)
    {
        var frame = new StringBuilder(Up(_lines.Count));
        foreach (var line in lines) frame.Append(line).Append(ToLineEnd).Append('\n');
        if (lines.Count < _lines.Count) frame.Append(ToScreenEnd);
        terminal.Write(frame);
        terminal.Flush();
        _lines = lines;
    }

    /// <summary>A line that stays, above the region.</summary>
    public void WriteAbove(string line)
    {
        var lines = _lines;
        Draw([line, .. lines]);
        _lines = lines;
    }

    /// <summary>Leaves what is shown where it is; the next frame goes below.</summary>
    public void Keep() => _lines = [];

    private static string Up(int lines) => lines == 0 ? "" : $"\u001b[{lines}A\r";
}
