namespace Puna.Experiments.Scaling;

/// <summary>The little least squares that fits of scaling laws need: a handful of coefficients, solved exactly.</summary>
internal static class LeastSquares
{
    /// <summary>Coefficients that minimise Σ w·(y − Σ c·x)²; null where the columns depend on each other.</summary>
    /// <param name="columns">One array a coefficient.</param>
    /// <param name="y">The values.</param>
    /// <param name="weights">w; null for 1.</param>
    public static double[]? Solve(IReadOnlyList<double[]> columns, double[] y, double[]? weights = null)
    {
        var n = columns.Count;
        var system = new double[n, n + 1];
        for (var row = 0; row < n; row++)
        {
            for (var column = 0; column < n; column++) system[row, column] = Dot(columns[row], columns[column], weights);
            system[row, n] = Dot(columns[row], y, weights);
        }
        return Eliminate(system, n);
    }

    /// <summary>The same with no coefficient below 0: of all subsets of columns whose coefficients are none, the one with the least error.</summary>
    public static (double[] Coefficients, double Error) SolveNotNegative(IReadOnlyList<double[]> columns, double[] y, double[] weights)
    {
        var best = (Coefficients: new double[columns.Count], Error: Error(columns, new double[columns.Count], y, weights));
        var chosen = new List<double[]>(columns.Count);
        for (var subset = 1; subset < 1 << columns.Count; subset++)
        {
            chosen.Clear();
            for (var column = 0; column < columns.Count; column++) if ((subset >> column & 1) != 0) chosen.Add(columns[column]);
            if (Solve(chosen, y, weights) is not { } solved || !AllNotNegative(solved)) continue;
            var coefficients = new double[columns.Count];
            for (var (column, next) = (0, 0); column < columns.Count; column++) if ((subset >> column & 1) != 0) coefficients[column] = solved[next++];
            var error = Error(columns, coefficients, y, weights);
            if (error < best.Error) best = (coefficients, error);
        }
        return best;
    }

    /// <summary>The place of least value in a box: a grid, then grids around its best point, which grow finer once it stays where it is.</summary>
    /// <param name="value">Function of one or two variables.</param>
    /// <param name="low">Smallest of each; above 0, since the grid is logarithmic.</param>
    /// <param name="high">Largest of each.</param>
    public static double[] Minimise(Func<double[], double> value, double[] low, double[] high)
    {
        const int Coarse = 10, Fine = 2, Rounds = 80;
        const double Smallest = 1e-7;
        double[] lows = [.. low.Select(x => Math.Log(x))], highs = [.. high.Select(x => Math.Log(x))];
        double[] step = [.. lows.Zip(highs, (from, to) => (to - from) / (2 * Coarse))];
        var best = Best(value, [.. lows.Zip(highs, (from, to) => (from + to) / 2)], step, Coarse, lows, highs);
        for (var round = 0; round < Rounds && step.Max() > Smallest; round++)
        {
            var next = Best(value, best, step, Fine, lows, highs);
            var hasMoved = false;
            for (var i = 0; i < step.Length; i++) hasMoved |= Math.Abs(next[i] - best[i]) > 1.5 * step[i];
            best = next;
            if (hasMoved) continue;
            for (var i = 0; i < step.Length; i++) step[i] *= 0.5;
        }
        return [.. best.Select(x => Math.Exp(x))];
    }

    private static double[] Best(Func<double[], double> value, double[] centre, double[] step, int reach, double[] low, double[] high)
    {
        var (best, least) = (centre, double.PositiveInfinity);
        var (side, argument) = ((2 * reach) + 1, new double[centre.Length]);
        for (var n = 0; n < (int)Math.Pow(side, centre.Length); n++)
        {
            var point = new double[centre.Length];
            for (var (i, rest) = (0, n); i < point.Length; i++, rest /= side)
            {
                point[i] = Math.Clamp(centre[i] + ((rest % side - reach) * step[i]), low[i], high[i]);
                argument[i] = Math.Exp(point[i]);
            }
            var at = value(argument);
            if (at < least) (best, least) = (point, at);
        }
        return best;
    }

    private static bool AllNotNegative(double[] values)
    {
        foreach (var value in values) if (!(value >= 0)) return false;
        return true;
    }

    private static double Error(IReadOnlyList<double[]> columns, double[] coefficients, double[] y, double[] weights)
    {
        var sum = 0.0;
        for (var i = 0; i < y.Length; i++)
        {
            var residual = y[i];
            for (var j = 0; j < columns.Count; j++) residual -= coefficients[j] * columns[j][i];
            sum += weights[i] * residual * residual;
        }
        return sum;
    }

    private static double Dot(double[] left, double[] right, double[]? weights)
    {
        var sum = 0.0;
        for (var i = 0; i < left.Length; i++) sum += left[i] * right[i] * (weights?[i] ?? 1);
        return sum;
    }

    /// <summary>Gauss with pivots.</summary>
    private static double[]? Eliminate(double[,] system, int n)
    {
        for (var pivot = 0; pivot < n; pivot++)
        {
            var row = pivot;
            for (var candidate = pivot + 1; candidate < n; candidate++) if (Math.Abs(system[candidate, pivot]) > Math.Abs(system[row, pivot])) row = candidate;
            if (!(Math.Abs(system[row, pivot]) > 1e-300)) return null;
            for (var column = 0; column <= n; column++) (system[pivot, column], system[row, column]) = (system[row, column], system[pivot, column]);
            for (var below = pivot + 1; below < n; below++)
            {
                var factor = system[below, pivot] / system[pivot, pivot];
                for (var column = pivot; column <= n; column++) system[below, column] -= factor * system[pivot, column];
            }
        }
        var solution = new double[n];
        for (var row = n - 1; row >= 0; row--)
        {
            solution[row] = system[row, n];
            for (var column = row + 1; column < n; column++) solution[row] -= system[row, column] * solution[column];
            solution[row] /= system[row, row];
        }
        return solution;
    }
}
