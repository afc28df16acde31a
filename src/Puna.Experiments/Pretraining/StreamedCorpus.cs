using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Pretraining;

/// <summary>Training data that stay on disk: shards, opened, as a trainer wants them, with what the report says about them.</summary>
internal sealed class StreamedCorpus : IDisposable
{
    /// <summary>The baselines count pairs in so many training tokens, spread over the sources.</summary>
    private const long BaselineTokens = 1L << 24;

    private readonly ShardFolder _shards;

    private StreamedCorpus(ShardFolder shards, CorpusSplit split, TableSection table) => (_shards, Split, Table) = (shards, split, table);

    /// <summary>The parts.</summary>
    public CorpusSplit Split { get; }

    /// <summary>The sources for the report.</summary>
    public TableSection Table { get; }

    /// <summary>Cuts shards as a recipe says.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="shards">Its shards; disposed with what is returned, also where this throws.</param>
    /// <param name="tokenizer">Their tokenizer.</param>
    /// <param name="display">Hears how often each source is seen.</param>
    /// <exception cref="InvalidDataException">A part is too small, or a source would be seen more often than allowed.</exception>
    public static StreamedCorpus Open(Recipe recipe, ShardFolder shards, Tokenizer tokenizer, IRunDisplay display)
    {
        try
        {
            var proportions = StreamedSettings.Proportions(recipe);
            var train = recipe.Data.Train.Select((_, source) => shards.Stream(source, DataPart.Train)).ToArray();
            var data = new ShardData(train, proportions, recipe.Data.SequenceLength, recipe.Data.DocumentMask, (ulong)recipe.Training.Seed);
            var epochs = data.Epochs((long)recipe.Training.Steps * recipe.Training.GradientAccumulation * recipe.Training.BatchSize);
            for (var i = 0; i < epochs.Length; i++)
            {
                var (source, name) = (recipe.Data.Train[i], shards.Manifest.Sources[i].Name);
                if (source.Epochs is { } most && epochs[i] > most)
                    throw new InvalidDataException($"data.train: {name} would be seen {Figures.Significant(epochs[i])} times in {recipe.Training.Steps} steps, its epochs allow {Figures.Significant(most)}; lower its weight or training.steps, or raise its epochs");
                display.Say($"{name}: {(proportions is null ? "" : $"{Figures.Significant(100 * proportions[i])} % of the rows, ")}{Figures.Significant(epochs[i])} epochs");
            }
            var split = CorpusSplit.Streamed(recipe, data, BaselineDocuments(train, recipe.Data.DocumentMask), train.Sum(source => source.TokenCount),
                HeldOut(shards, DataPart.Validation), HeldOut(shards, DataPart.Test), tokenizer);
            return new StreamedCorpus(shards, split, ShardSummary.Table(shards.Manifest, proportions, epochs));
        }
        catch
        {
            shards.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _shards.Dispose();

    private static int[][] HeldOut(ShardFolder shards, DataPart part) =>
        [.. Enumerable.Range(0, shards.Manifest.Sources.Count).SelectMany(source => shards.Stream(source, part).Documents())];

    /// <summary>Training documents for the baselines, as many of each source as its share of the bound.</summary>
    private static IEnumerable<int[]> BaselineDocuments(TokenStream[] sources, bool apart)
    {
        var all = sources.Sum(source => source.TokenCount);
        foreach (var source in sources)
        {
            var left = all <= BaselineTokens ? source.TokenCount : (long)(source.TokenCount / (double)all * BaselineTokens);
            int? last = null;
            foreach (var document in source.Documents())
            {
                if (left <= 0) break;
                left -= document.Length;
                // where rows reach from one document into the next, the pair across counts too
                yield return !apart && last is { } before ? [before, .. document] : document;
                last = document[^1];
            }
        }
    }
}
