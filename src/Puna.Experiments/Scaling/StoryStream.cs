using Puna.Experiments.Quickstart;
using Puna.Experiments.World;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Scaling;

/// <summary>
/// The built-in world as one endless text of tokens: different stories, one after the other, none of them twice and none of them held out,
/// each with its interview or with some lines of the world's register. Every training of a ladder reads the same beginning of it, as long as it needs, each token once.
/// </summary>
public sealed class StoryStream
{
    private const int TokenizerStories = 4_000;
    private readonly StoryWorld _world;
    private readonly WorldRegister _register;
    private readonly int _records;
    private readonly HashSet<ulong> _seen = [];
    private ushort[] _tokens = new ushort[1 << 20];
    private long _next;

    /// <summary>A stream at its beginning; trains the tokenizer.</summary>
    /// <param name="seed">Of the stories.</param>
    /// <param name="vocabularySize">Pieces.</param>
    /// <param name="records">Lines of the register after each story; 0 for the story's interview in their place.</param>
    /// <param name="progress">Hears the tokenizer's share.</param>
    /// <param name="cancellation">Stops it.</param>
    public StoryStream(long seed, int vocabularySize, int records, IProgress<double> progress, CancellationToken cancellation = default)
    {
        if (vocabularySize > ushort.MaxValue) throw new InvalidDataException($"tokenizer.vocab_size {vocabularySize} is more than the {ushort.MaxValue} that a ladder's stream can hold");
        (_world, _register, _records) = (new StoryWorld((ulong)seed), new WorldRegister((ulong)seed), records);
        Tokenizer = QuickstartData.TrainTokenizer(_world.Training(TokenizerStories).Select(Document), vocabularySize, progress, cancellation);
    }

    /// <summary>The tokenizer, trained once on the first stories.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Tokens made so far.</summary>
    public int Count { get; private set; }

    /// <summary>Stories made so far.</summary>
    public int Stories => _seen.Count;

    /// <summary>Tokens from a place on; those not made yet are made.</summary>
    /// <param name="start">First.</param>
    /// <param name="count">How many.</param>
    public ReadOnlySpan<ushort> Read(long start, int count)
    {
        Extend(start + count);
        return _tokens.AsSpan((int)start, count);
    }

    /// <summary>Held-out stories as one text cut into windows, every token but the first scored once. They are the same for every training.</summary>
    /// <param name="stories">How many.</param>
    /// <param name="length">T.</param>
    public TokenRows HeldOut(int stories, int length) => TokenRows.FromWindows(_world.HeldOut(stories).SelectMany(Encode).ToArray(), length);

    private void Extend(long until)
    {
        if (until > Array.MaxLength) throw new InvalidDataException($"a training of {until:0.0e0} tokens is more than the stream can hold ({Array.MaxLength:0.0e0})");
        while (Count < until)
        {
            var story = _world.Create(_next++);
            if (StoryWorld.IsHeldOut(story.Text) || !_seen.Add(TextHash.Of(story.Text))) continue;
            foreach (var id in Encode(story))
            {
                if (Count == _tokens.Length) Array.Resize(ref _tokens, (int)Math.Min(Array.MaxLength, 2L * _tokens.Length));
                _tokens[Count++] = (ushort)id;
            }
        }
    }

    private int[] Encode(Story story) => Tokenizer.Encode(Document(story), new EncodeOptions(AddBos: true, AddEos: true));

    private string Document(Story story)
    {
        if (_records == 0) return StoryCorpus.Document(story, withInterview: true);
        var random = new CounterRandom(TextHash.Of(story.Text));
        return string.Join('\n', [story.Text, .. Enumerable.Range(0, _records).Select(_ => _register.Line(random))]);
    }
}

/// <summary>A stream as batches: row after row of T tokens, each read once, no epoch, no order to draw.</summary>
/// <param name="stream">The tokens.</param>
/// <param name="sequenceLength">T.</param>
public sealed class StreamData(StoryStream stream, int sequenceLength) : ITrainingData
{
    /// <inheritdoc/>
    public int SequenceLength => sequenceLength;

    /// <inheritdoc/>
    public bool HasDocuments => false;

    /// <inheritdoc/>
    public void Fill(TokenBatch batch, int step, int microBatch, int microBatches)
    {
        var start = (((long)step * microBatches) + microBatch) * batch.Rows * sequenceLength;
        var tokens = stream.Read(start, (batch.Rows * sequenceLength) + 1);
        var ids = batch.Ids.Span<int>();
        var labels = batch.Labels.Span<int>();
        var positions = batch.Positions.Span<int>();
        for (var i = 0; i < ids.Length; i++) (ids[i], labels[i], positions[i]) = (tokens[i], tokens[i + 1], i % sequenceLength);
    }
}
