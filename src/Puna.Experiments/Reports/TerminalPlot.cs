using System.Text;

namespace Puna.Experiments.Reports;

/// <summary>Small plots for a terminal, of braille dots (two by four a character) or of blocks.</summary>
public static class TerminalPlot
{
    private const string Blocks = "▁▂▃▄▅▆▇█";

    // The bit of each dot of a braille character: rows from the top, two columns.
    private static readonly int[,] Dots = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };

    /// <summary>A curve over all values, the first at the left. Values that are no numbers leave gaps.</summary>
    /// <param name="values">The values.</param>
    /// <param name="width">Characters across.</param>
    /// <param name="height">Lines.</param>
    /// <returns>The lines from the top; each is <paramref name="width"/> characters long.</returns>
    public static IReadOnlyList<string> Curve(IReadOnlyList<double> values, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var cells = new int[height, width];
        var means = Means(values, width * 2);
        var (low, high) = Bounds(means);
        int? before = null;
        for (var column = 0; column < means.Length; column++)
        {
            if (!double.IsFinite(means[column]))
            {
                before = null;
                continue;
            }
            var row = (int)Math.Round((high - means[column]) / (high - low) * (height * 4 - 1));
            // Joined to the dot before, so that a steep curve stays one curve.
            var (from, to) = before is { } last && Math.Abs(last - row) > 1 ? (last < row ? last + 1 : row, last < row ? row : last - 1) : (row, row);
            for (var dot = from; dot <= to; dot++) cells[dot / 4, column / 2] |= Dots[dot % 4, column % 2];
            before = row;
        }
        return [.. Enumerable.Range(0, height).Select(line => string.Concat(Enumerable.Range(0, width).Select(column => (char)(0x2800 + cells[line, column]))))];
    }

    /// <summary>One line of blocks, the highest value the fullest; a space where there is no number.</summary>
    /// <param name="values">The values.</param>
    /// <param name="width">Characters across.</param>
    public static string Spark(IReadOnlyList<double> values, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var means = Means(values, width);
        var (low, high) = Bounds(means);
        var line = new StringBuilder(width);
        foreach (var mean in means)
            line.Append(double.IsFinite(mean) ? Blocks[(int)Math.Round((mean - low) / (high - low) * (Blocks.Length - 1))] : ' ');
        return line.ToString();
    }

    /// <summary>Means of equal stretches. Fewer values than columns are spread over them, so that a curve fills its width from the start.</summary>
    private static double[] Means(IReadOnlyList<double> values, int columns)
    {
        var means = new double[columns];
        for (var column = 0; column < columns; column++)
        {
            var from = (int)((long)values.Count * column / columns);
            var to = Math.Max(from + 1, (int)((long)values.Count * (column + 1) / columns));
            var (sum, count) = (0.0, 0);
            for (var i = from; i < to && i < values.Count; i++)
                if (double.IsFinite(values[i])) (sum, count) = (sum + values[i], count + 1);
            means[column] = count > 0 ? sum / count : double.NaN;
        }
        return means;
    }

    private static (double Low, double High) Bounds(double[] values)
    {
        var finite = values.Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        var (low, high) = (finite.Min(), finite.Max());
        return high > low ? (low, high) : (low - 0.5, low + 0.5);
    }
}
