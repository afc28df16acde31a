using FsCheck;
using FsCheck.Fluent;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Training.Tests;

/// <summary>The order of the data: any step alone, each token once an epoch, the right proportions.</summary>
public sealed class ShardOrderTests : IDisposable
{
    private const int Length = 12;
    private readonly ShardTestFolder _folder = new();
    private readonly TokenStream[] _sources;

    public ShardOrderTests()
    {
        var shards = _folder.Write("out", new ShardOptions { ShardTokens = 900 }, _folder.Source("a", ShardTestFolder.Numbered(60)), _folder.Source("b", ShardTestFolder.Numbered(25, "other")), _folder.Source("c", ["one", "two"]));
        _sources = [.. Enumerable.Range(0, 3).Select(source => shards.Stream(source, DataPart.Train))];
    }

    public void Dispose() => _folder.Dispose();

    private static readonly Arbitrary<(int Mask, int Seed, int Batch, int Micros)> Cases =
        Gen.Choose(0, 3).Zip(Gen.Choose(0, 1000)).Zip(Gen.Choose(1, 5).Zip(Gen.Choose(1, 3))).Select(c => (c.Item1.Item1, c.Item1.Item2, c.Item2.Item1, c.Item2.Item2)).ToArbitrary();

    [Fact]
    public void Any_step_alone_is_the_step_in_sequence() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(40), Prop.ForAll(Cases, one =>
    {
        var (kind, seed, rows, micros) = one;
        ShardData Data() => new(_sources, kind < 2 ? null : [0.5, 0.3, 0.2], Length, kind % 2 == 1, (ulong)seed);
        var sequence = Data();
        for (var step = 0; step < 40; step++)
            for (var micro = 0; micro < micros; micro++)
            {
                var inOrder = Show(sequence, rows, step, micro, micros);
                if (step % 7 == 3) Show(Data(), rows, step, micro, micros).ShouldBe(inOrder);
            }
        // the same rows whatever the batch: micro-batches only cut the sequence
        Show(Data(), rows * micros, 5, 0, 1).ShouldBe(Enumerable.Range(0, micros).SelectMany(micro => Show(Data(), rows, 5, micro, micros)));
        // another seed is another order
        if (kind < 2) Enumerable.Range(0, 5).SelectMany(step => Show(Data(), 4, step, 0, 1)).SequenceEqual(Enumerable.Range(0, 5).SelectMany(step => Show(new ShardData(_sources, null, Length, kind % 2 == 1, (ulong)seed + 1), 4, step, 0, 1))).ShouldBeFalse();
    }));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_epoch_sees_each_row_once_and_the_next_in_another_order(bool isMasked)
    {
        var data = new ShardData(_sources, null, Length, isMasked, 3);
        var rows = data.RowsOfSources.Sum();
        var epochs = Enumerable.Range(0, 3).Select(epoch => Enumerable.Range(0, (int)rows).Select(i => data.Locate((epoch * rows) + i)).ToArray()).ToArray();
        foreach (var epoch in epochs) epoch.Distinct().Count().ShouldBe((int)rows);
        epochs[0].SequenceEqual(epochs[1]).ShouldBeFalse();
        data.Epochs(3 * rows).ShouldAllBe(epoch => Math.Abs(epoch - 3) < 1e-12);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_epoch_scores_every_token_that_follows_another_exactly_once(bool isMasked)
    {
        var data = new ShardData(_sources, null, Length, isMasked, 3);
        var batch = new TokenBatch(1, Length, isMasked);
        var (scored, expected) = (new List<string>(), new List<string>());
        for (var row = 0; row < data.RowsOfSources.Sum(); row++)
        {
            data.Fill(batch, row, 0, 1);
            for (var t = 0; t < Length; t++)
                if (batch.Labels.Span<int>()[t] != LogProb.Ignore) scored.Add($"{batch.Ids.Span<int>()[t]}>{batch.Labels.Span<int>()[t]}");
        }
        foreach (var source in _sources)
        {
            var documents = isMasked ? source.Documents() : [[.. source.Documents().SelectMany(ids => ids)]];
            foreach (var ids in documents) expected.AddRange(ids.Zip(ids.Skip(1), (a, b) => $"{a}>{b}"));
        }
        scored.Order().ShouldBe(expected.Order());
    }

    [Fact]
    public void With_the_mask_documents_of_a_row_are_apart_and_begin_at_position_0()
    {
        var data = new ShardData(_sources, null, Length, documentMask: true, 3);
        var batch = new TokenBatch(1, Length, true);
        var bos = ShardTestFolder.Tokenizer.BosId!.Value;
        for (var row = 0; row < data.RowsOfSources.Sum(); row++)
        {
            data.Fill(batch, row, 0, 1);
            var (ids, positions, documents) = (batch.Ids.Span<int>().ToArray(), batch.Positions.Span<int>().ToArray(), batch.Input.Documents!.Span<int>().ToArray());
            positions[0].ShouldBe(0);
            for (var t = 1; t < Length; t++)
            {
                var begins = documents[t] != documents[t - 1];
                positions[t].ShouldBe(begins ? 0 : positions[t - 1] + 1);
                if (ids[t] == bos) begins.ShouldBeTrue("a document begins with BOS");
                if (begins) batch.Labels.Span<int>()[t - 1].ShouldBe(LogProb.Ignore);
            }
        }
    }

    private static readonly Arbitrary<double[]> Weights = Gen.Choose(1, 1000).NonEmptyListOf().Select(list => list.Select(weight => weight / (double)list.Sum()).ToArray()).ToArbitrary();

    [Fact]
    public void The_count_of_each_source_follows_its_proportion_after_every_row() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Weights, weights =>
    {
        var schedule = new MixtureSchedule(weights);
        var counts = new long[weights.Length];
        for (var row = 0L; row < 500; row++)
        {
            var (source, rank) = schedule.Locate(row);
            rank.ShouldBe(counts[source]++, "ranks of a source come in order, none left out");
            for (var k = 0; k < weights.Length; k++) Math.Abs(counts[k] - ((row + 1) * weights[k])).ShouldBeLessThan(weights.Length + 0.001);
            if (row % 50 == 0) schedule.Counts(row + 1).ShouldBe(counts);
        }
        const long Far = 1L << 40;
        var far = schedule.Counts(Far);
        far.Sum().ShouldBe(Far);
        for (var k = 0; k < weights.Length; k++) (far[k] / (double)Far).ShouldBe(weights[k], 1e-8);
    }));

    [Fact]
    public void A_weighted_source_comes_whole_before_it_comes_again()
    {
        double[] weights = [0.67, 0.3, 0.03];
        var data = new ShardData(_sources, weights, Length, false, 9);
        var seen = weights.Select(_ => new List<long>()).ToArray();
        for (var row = 0; row < 3000; row++)
        {
            var (source, index) = data.Locate(row);
            seen[source].Add(index);
        }
        for (var source = 0; source < 3; source++)
        {
            var rows = (int)data.RowsOfSources[source];
            var epochs = seen[source].Chunk(rows).ToArray();
            foreach (var epoch in epochs) epoch.Distinct().Count().ShouldBe(epoch.Length);
            data.Epochs(3000)[source].ShouldBe(seen[source].Count / (double)rows, 1e-12);
            (seen[source].Count / 3000.0).ShouldBe(weights[source], 0.001);
            if (rows > 4) epochs[0].SequenceEqual(epochs[1]).ShouldBeFalse();
        }
    }

    [Fact]
    public void A_permutation_holds_every_number_once_whatever_its_size() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(Gen.Choose(1, 3000).Zip(Gen.Choose(0, 99)).ToArbitrary(), pair =>
    {
        var (count, stream) = pair;
        var order = new Permutation(count, 5, (ulong)stream);
        Enumerable.Range(0, count).Select(i => order.At(i)).Order().ShouldBe(Enumerable.Range(0, count).Select(i => (long)i));
    }));

    [Fact]
    public void A_permutation_leaves_nothing_near_its_place_even_where_it_is_huge()
    {
        const long Count = 3_000_000_000_000;
        var order = new Permutation(Count, 5, 1);
        var places = Enumerable.Range(0, 2000).Select(i => order.At(i)).ToArray();
        places.Distinct().Count().ShouldBe(2000);
        places.ShouldAllBe(place => place >= 0 && place < Count);
        (places.Average() / Count).ShouldBe(0.5, 0.05);
        places.Zip(places.Skip(1)).Count(pair => pair.Second > pair.First).ShouldBeInRange(900, 1100);
    }

    [Theory]
    [InlineData(0.5, 0.6)]
    [InlineData(0.5, 0.4)]
    [InlineData(2, 1)]
    public void Weights_that_do_not_sum_to_1_are_refused(double first, double second) =>
        Should.Throw<InvalidDataException>(() => new MixtureSchedule([first, second])).Message.ShouldContain("must sum to 1");

    private static List<string> Show(ShardData data, int rows, int step, int micro, int micros)
    {
        var batch = new TokenBatch(rows, Length, data.HasDocuments);
        data.Fill(batch, step, micro, micros);
        string Row(Tensor tensor, int row) => string.Join(' ', tensor.Span<int>().Slice(row * Length, Length).ToArray());
        return [.. Enumerable.Range(0, rows).Select(row => $"{Row(batch.Ids, row)} | {Row(batch.Labels, row)} | {Row(batch.Positions, row)} | {(batch.Input.Documents is { } documents ? Row(documents, row) : "")}")];
    }
}
