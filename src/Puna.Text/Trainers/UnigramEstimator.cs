namespace Puna.Text;

/// <summary>
/// Expectation maximisation and pruning of a unigram model. Expected counts are summed as whole numbers (fractions of a count), so that the sums are the same for any number of
/// threads. Unknown characters count as the most frequent character, which the original has at the place of its unknown id. Source: Kudo, «Subword regularization», ACL 2018, section 3.2; google/sentencepiece, src/unigram_model_trainer.cc (behaviour).
/// </summary>
internal sealed class UnigramEstimator
{
    private const int WordsPerJob = 512, PiecesPerJob = 2048;
    private const double LeastExpected = 0.5, ShrinkingFactor = 0.75;
    private readonly UnigramSeeds seeds;
    private readonly List<CountedWord> words;
    private readonly int[] lengths;
    private readonly int longestWord;
    private readonly double weightOfOne;
    private readonly ParallelOptions parallel;
    private int[] places;
    private UnigramLattice lattice;

    public UnigramEstimator(UnigramSeeds seeds, List<CountedWord> words, BpeTrainerOptions options, CancellationToken cancellation)
    {
        (this.seeds, this.words) = (seeds, words);
        lengths = [.. words.Select(word => word.Text.EnumerateRunes().Count())];
        longestWord = lengths.Max();
        var (characters, total) = (0.0, seeds.Seeds.Sum(seed => (double)seed.Score));
        for (var word = 0; word < lengths.Length; word++) characters += (double)lengths[word] * words[word].Count;
        weightOfOne = Math.Pow(2, Math.Clamp(Math.Floor(61 - Math.Log2(characters)), 0, 30));
        // A thread has a sum of its own for each piece.
        var room = Math.Max(1, options.MemoryBytes / 4 / (sizeof(long) * Math.Max(1, seeds.Seeds.Length)));
        parallel = new ParallelOptions { MaxDegreeOfParallelism = (int)Math.Min(room, options.ThreadCount), CancellationToken = cancellation };
        places = [.. seeds.Seeds.Select(seed => seed.Start)];
        lattice = new UnigramLattice { Deepest = seeds.Deepest, Pieces = new UnigramLattice.Piece[seeds.Seeds.Length] };
        for (var i = 0; i < seeds.Seeds.Length; i++)
        {
            var score = Math.Log(seeds.Seeds[i].Score) - Math.Log(total);
            lattice.Pieces[i] = new UnigramLattice.Piece(Math.Exp(score), score, seeds.Seeds[i].Length, seeds.Parents[i]);
        }
        lattice.UnknownPiece = MostFrequentCharacter();
        SetUnknown();
    }

    /// <summary>Pieces that the model has.</summary>
    public int Count => lattice.Pieces.Count(piece => piece.Probability > 0);

    /// <summary>The lowest score of a piece.</summary>
    public double LeastScore { get; private set; }

    /// <summary>The pieces in code point order: their characters and the logarithms of their probabilities.</summary>
    public IEnumerable<(int[] CodePoints, double Score)> Pieces()
    {
        for (var i = 0; i < places.Length; i++)
        {
            var (probability, score, length, _) = lattice.Pieces[i];
            if (probability > 0) yield return ([.. Enumerable.Range(places[i], length).Select(place => seeds.CodePoints[seeds.At(place)])], score);
        }
    }

    /// <summary>One round: how often each piece is expected, then the probabilities that follow; those under half a count are dropped.</summary>
    public void Improve()
    {
        var sums = OverWords((word, sums, scratch) => lattice.Expect(seeds.WordStarts[word], lengths[word], words[word].Count * weightOfOne, sums, scratch));
        var total = 0.0;
        foreach (var sum in sums)
            if (sum / weightOfOne >= LeastExpected) total += sum / weightOfOne;
        var logarithm = total > 0 ? Digamma.Of(total) : 0;
        for (var i = 0; i < sums.Length; i++)
        {
            ref var piece = ref lattice.Pieces[i];
            var expected = sums[i] / weightOfOne;
            if (expected < LeastExpected) (piece.Probability, piece.Score) = (0, double.NegativeInfinity);
            else (piece.Score, piece.Probability) = (Digamma.Of(expected) - logarithm, Math.Exp(Digamma.Of(expected) - logarithm));
        }
        SetUnknown();
    }

    /// <summary>Keeps the pieces without which the text would become least probable: three quarters, or as many as are wanted.</summary>
    /// <returns>Whether any was dropped.</returns>
    public bool Prune(int wanted)
    {
        var before = Count;
        var counts = OverWords((word, sums, scratch) =>
        {
            lattice.Best(seeds.WordStarts[word], lengths[word], -1, scratch);
            for (var end = lengths[word]; end > 0; end = scratch.From[end]) sums[scratch.By[end]] += words[word].Count;
        });
        var losses = Losses(counts, counts.Sum(count => (double)count), words.Sum(word => (double)word.Count));
        var most = Math.Max(wanted, (int)(ShrinkingFactor * before));
        var order = Enumerable.Range(0, losses.Length).Where(i => !double.IsNaN(losses[i])).OrderByDescending(i => losses[i]).ThenBy(i => i).Take(most);
        var isKept = new bool[losses.Length];
        foreach (var i in order) isKept[i] = true;
        Compact(isKept);
        return Count < before;
    }

    // What the text loses in probability without a piece, in nats a word; NaN for one that is not needed, infinite for a character, which nothing replaces.
    private double[] Losses(long[] counts, double sum, double allWords)
    {
        var losses = new double[counts.Length];
        Parallel.For(0, (counts.Length + PiecesPerJob - 1) / PiecesPerJob, parallel, () => new UnigramLattice.Scratch(longestWord), (job, _, scratch) =>
        {
            for (var i = job * PiecesPerJob; i < Math.Min(counts.Length, (job + 1) * PiecesPerJob); i++) losses[i] = Loss(i, counts, sum, allWords, scratch);
            return scratch;
        }, _ => { });
        return losses;
    }

    private double Loss(int i, long[] counts, double sum, double allWords, UnigramLattice.Scratch scratch)
    {
        var (probability, score, length, _) = lattice.Pieces[i];
        if (probability == 0 || counts[i] == 0) return double.NaN;
        if (length == 1) return double.PositiveInfinity;
        if (lattice.Best(places[i], length, i, scratch) > score) return double.NaN;
        // As in the original, the total grows by the count times all pieces, not times those that come in: so frequent pieces stay.
        var count = (double)counts[i];
        var afterwards = Math.Log(sum + (count * (counts.Length - 1)));
        var replaced = 0.0;
        for (var end = length; end > 0; end = scratch.From[end]) replaced += Math.Log(counts[scratch.By[end]] + count) - afterwards;
        return count / allWords * (Math.Log(count) - Math.Log(sum) - replaced);
    }

    // A piece that goes leaves its place to the next shorter one.
    private void Compact(bool[] isKept)
    {
        var numbers = new int[isKept.Length];
        var pieces = new List<UnigramLattice.Piece>();
        var kept = new List<int>();
        for (var i = 0; i < isKept.Length; i++)
        {
            var piece = lattice.Pieces[i];
            var parent = piece.Parent < 0 ? -1 : numbers[piece.Parent];
            numbers[i] = isKept[i] ? pieces.Count : parent;
            if (!isKept[i]) continue;
            pieces.Add(piece with { Parent = parent });
            kept.Add(places[i]);
        }
        var deepest = lattice.Deepest;
        for (var at = 0; at < deepest.Length; at++)
            if (deepest[at] >= 0) deepest[at] = numbers[deepest[at]];
        var isUnknownKept = isKept[lattice.UnknownPiece];
        (places, lattice) = ([.. kept], new UnigramLattice { Deepest = deepest, Pieces = [.. pieces], UnknownPiece = numbers[lattice.UnknownPiece] });
        if (!isUnknownKept) lattice.UnknownPiece = MostFrequentCharacter();
        SetUnknown();
    }

    private long[] OverWords(Action<int, long[], UnigramLattice.Scratch> work)
    {
        var all = new long[lattice.Pieces.Length];
        Parallel.For(0, (words.Count + WordsPerJob - 1) / WordsPerJob, parallel, () => (Sums: new long[all.Length], Scratch: new UnigramLattice.Scratch(longestWord)), (job, _, own) =>
        {
            for (var word = job * WordsPerJob; word < Math.Min(words.Count, (job + 1) * WordsPerJob); word++) work(word, own.Sums, own.Scratch);
            return own;
        }, own =>
        {
            lock (all)
            {
                for (var i = 0; i < all.Length; i++) all[i] += own.Sums[i];
            }
        });
        return all;
    }

    private int MostFrequentCharacter() => Enumerable.Range(0, lattice.Pieces.Length).Where(i => lattice.Pieces[i].Length == 1).OrderByDescending(i => lattice.Pieces[i].Score).FirstOrDefault();

    private void SetUnknown()
    {
        LeastScore = lattice.Pieces.Where(piece => piece.Probability > 0).Select(piece => piece.Score).DefaultIfEmpty(0).Min();
        lattice.UnknownScore = LeastScore - SentencePieceUnigram.UnknownPenalty;
    }
}
