namespace Puna.Text;

/// <summary>
/// The ways to cut words into the pieces that a unigram model has at a time. At every place stands the longest piece that begins there, each piece knows the next shorter one, so that
/// no search is needed; an unknown character stands where no piece of one character does. It never changes between steps, so any number of threads may use one.
/// </summary>
internal sealed class UnigramLattice
{
    // In longer words the product of probabilities may leave the range of a double; their logarithms are added instead.
    private const int LongestProduct = 40;
    private const double LeastProduct = 1e-250;

    /// <summary>The pieces by number: probability (0: none any more), its logarithm, length, next shorter piece at the same place.</summary>
    public required Piece[] Pieces { get; init; }

    /// <summary>For each place of the text the longest piece, -1 for none.</summary>
    public required int[] Deepest { get; init; }

    /// <summary>Logarithm of an unknown character's probability.</summary>
    public double UnknownScore { get; set; }

    /// <summary>The piece that unknown characters count as.</summary>
    public int UnknownPiece { get; set; }

    /// <summary>A piece.</summary>
    public record struct Piece(double Probability, double Score, int Length, int Parent);

    /// <summary>Memory for one thread.</summary>
    /// <param name="longest">Characters of the longest word.</param>
    public sealed class Scratch(int longest)
    {
        public double[] Forward { get; } = new double[longest + 1];

        public double[] Backward { get; } = new double[longest + 1];

        public int[] From { get; } = new int[longest + 1];

        public int[] By { get; } = new int[longest + 1];
    }

    /// <summary>Adds how often each piece is expected in a word, over all its cuts, to sums of whole numbers: those do not depend on the order of the additions.</summary>
    /// <param name="start">Where the word stands.</param>
    /// <param name="length">Its characters.</param>
    /// <param name="weight">What a certain piece adds.</param>
    /// <param name="sums">A sum for each piece.</param>
    /// <param name="scratch">The thread's memory.</param>
    public void Expect(int start, int length, double weight, long[] sums, Scratch scratch)
    {
        var forward = scratch.Forward.AsSpan(0, length + 1);
        var backward = scratch.Backward.AsSpan(0, length + 1);
        var unknown = Math.Exp(UnknownScore);
        forward.Clear();
        forward[0] = 1;
        for (var at = 0; at < length && length <= LongestProduct; at++)
        {
            var single = false;
            for (var piece = Deepest[start + at]; piece >= 0;)
            {
                ref var one = ref Pieces[piece];
                forward[at + one.Length] += forward[at] * one.Probability;
                single |= one.Length == 1 && one.Probability > 0;
                piece = one.Parent;
            }
            if (!single) forward[at + 1] += forward[at] * unknown;
        }
        if (forward[length] < LeastProduct)
        {
            ExpectByLogarithms(start, length, weight, sums, scratch);
            return;
        }
        var factor = weight / forward[length];
        backward[length] = 1;
        for (var at = length - 1; at >= 0; at--)
        {
            var (single, all, ways) = (false, 0.0, forward[at] * factor);
            for (var piece = Deepest[start + at]; piece >= 0;)
            {
                ref var one = ref Pieces[piece];
                var rest = one.Probability * backward[at + one.Length];
                all += rest;
                sums[piece] += (long)((ways * rest) + 0.5);
                single |= one.Length == 1 && one.Probability > 0;
                piece = one.Parent;
            }
            if (!single)
            {
                var rest = unknown * backward[at + 1];
                all += rest;
                sums[UnknownPiece] += (long)((ways * rest) + 0.5);
            }
            backward[at] = all;
        }
    }

    /// <summary>The best cut of a stretch; its pieces stand in <see cref="Scratch.By"/> at their ends, from the end by <see cref="Scratch.From"/>.</summary>
    /// <param name="start">Where the stretch stands.</param>
    /// <param name="length">Its characters.</param>
    /// <param name="without">A piece that is not taken, -1 for none.</param>
    /// <param name="scratch">The thread's memory.</param>
    /// <returns>Logarithm of its probability.</returns>
    public double Best(int start, int length, int without, Scratch scratch)
    {
        var best = scratch.Forward.AsSpan(0, length + 1);
        var (from, by) = (scratch.From, scratch.By);
        best.Fill(double.NegativeInfinity);
        best[0] = 0;
        for (var at = 0; at < length; at++)
        {
            var single = false;
            for (var piece = Deepest[start + at]; piece >= 0; piece = Pieces[piece].Parent)
            {
                ref var one = ref Pieces[piece];
                if (piece == without || one.Probability == 0 || at + one.Length > length) continue;
                single |= one.Length == 1;
                if (best[at] + one.Score > best[at + one.Length]) (best[at + one.Length], from[at + one.Length], by[at + one.Length]) = (best[at] + one.Score, at, piece);
            }
            if (!single && best[at] + UnknownScore > best[at + 1]) (best[at + 1], from[at + 1], by[at + 1]) = (best[at] + UnknownScore, at, UnknownPiece);
        }
        return best[length];
    }

    private void ExpectByLogarithms(int start, int length, double weight, long[] sums, Scratch scratch)
    {
        var forward = scratch.Forward.AsSpan(0, length + 1);
        var backward = scratch.Backward.AsSpan(0, length + 1);
        forward.Fill(double.NegativeInfinity);
        forward[0] = 0;
        for (var at = 0; at < length; at++)
        {
            var single = false;
            for (var piece = Deepest[start + at]; piece >= 0; piece = Pieces[piece].Parent)
            {
                ref var one = ref Pieces[piece];
                if (one.Probability == 0) continue;
                forward[at + one.Length] = Sum(forward[at + one.Length], forward[at] + one.Score);
                single |= one.Length == 1;
            }
            if (!single) forward[at + 1] = Sum(forward[at + 1], forward[at] + UnknownScore);
        }
        backward[length] = 0;
        for (var at = length - 1; at >= 0; at--)
        {
            var (single, all) = (false, double.NegativeInfinity);
            for (var piece = Deepest[start + at]; piece >= 0; piece = Pieces[piece].Parent)
            {
                ref var one = ref Pieces[piece];
                if (one.Probability == 0) continue;
                var rest = one.Score + backward[at + one.Length];
                all = Sum(all, rest);
                sums[piece] += (long)((weight * Math.Exp(forward[at] + rest - forward[length])) + 0.5);
                single |= one.Length == 1;
            }
            if (!single)
            {
                var rest = UnknownScore + backward[at + 1];
                all = Sum(all, rest);
                sums[UnknownPiece] += (long)((weight * Math.Exp(forward[at] + rest - forward[length])) + 0.5);
            }
            backward[at] = all;
        }
    }

    // The logarithm of a sum of two numbers that are given by theirs.
    private static double Sum(double one, double other)
    {
        var (large, small) = one > other ? (one, other) : (other, one);
        return double.IsNegativeInfinity(small) ? large : large + Math.Log(1 + Math.Exp(small - large));
    }
}
