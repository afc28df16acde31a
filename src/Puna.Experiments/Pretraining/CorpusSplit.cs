using System.Text;
using Puna.Evaluation;
using Puna.Experiments.Recipes;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Pretraining;

/// <summary>A part that is scored: its rows, and the bytes of text they stand for.</summary>
/// <param name="Rows">What the model is scored on.</param>
/// <param name="Bytes">UTF-8 bytes, for bits per byte.</param>
public sealed record HeldOutPart(TokenRows Rows, long Bytes)
{
    /// <summary>Loss in bits over the bytes of the text.</summary>
    public double BitsPerByte(double loss) => loss * Rows.LabelCount / (Math.Log(2) * Bytes);
}

/// <summary>Text cut into training, validation and test, as tokens.</summary>
public sealed class CorpusSplit
{
    private readonly IEnumerable<int[]>? _baselineDocuments;

    private CorpusSplit(ITrainingData training, IReadOnlyList<int[]> documents, HeldOutPart validation, HeldOutPart? test) =>
        (Training, TrainingDocuments, Validation, Test, TrainingTokens) = (training, documents, validation, test, documents.Sum(document => (long)document.Length));

    private CorpusSplit(ITrainingData training, IEnumerable<int[]> baselineDocuments, long trainingTokens, HeldOutPart validation, HeldOutPart? test) =>
        (Training, TrainingDocuments, _baselineDocuments, TrainingTokens, Validation, Test) = (training, [], baselineDocuments, trainingTokens, validation, test);

    /// <summary>Batches for the trainer.</summary>
    public ITrainingData Training { get; }

    /// <summary>The training tokens for the baselines: documents where a model sees them apart, else one stream, as the model sees it. Empty where they stay on disk.</summary>
    public IReadOnlyList<int[]> TrainingDocuments { get; }

    /// <summary>The validation part.</summary>
    public HeldOutPart Validation { get; }

    /// <summary>The test part, where the recipe has one.</summary>
    public HeldOutPart? Test { get; }

    /// <summary>Training tokens.</summary>
    public long TrainingTokens { get; }

    /// <summary>Cuts a text as a recipe says.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="texts">The files, in order.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <exception cref="InvalidDataException">A part would be too short for a window; the message has the numbers.</exception>
    public static CorpusSplit Make(Recipe recipe, IReadOnlyList<string> texts, Tokenizer tokenizer) => recipe.Data.SplitBy == SplitUnit.Tokens
        ? ByTokens(recipe, texts, tokenizer)
        : ByDocuments(recipe, texts, tokenizer);

    /// <summary>Fits unigram and bigram to the training tokens and scores them on exactly the positions the model is scored on.</summary>
    /// <param name="vocabularySize">Ids of the tokenizer.</param>
    public (BaselineScores Validation, BaselineScores? Test) Baselines(int vocabularySize)
    {
        var baselines = NGramBaselines.Fit((_baselineDocuments ?? TrainingDocuments).Select(document => (ReadOnlyMemory<int>)document), vocabularySize);
        var (previous, tokens) = Validation.Rows.ScoredPairs();
        baselines.SelectAlpha(previous, tokens);
        var validation = baselines.Score(previous, tokens);
        if (Test is null) return (validation, null);
        var (testPrevious, testTokens) = Test.Rows.ScoredPairs();
        return (validation, baselines.Score(testPrevious, testTokens));
    }

    /// <summary>Parts whose training tokens stay on disk, with held-out documents in memory.</summary>
    internal static CorpusSplit Streamed(Recipe recipe, ITrainingData training, IEnumerable<int[]> baselineDocuments, long trainingTokens, int[][] validation, int[][] test, Tokenizer tokenizer)
    {
        if (validation.Length == 0 || (test.Length == 0 && recipe.Data.Split.Test > 0 && recipe.Data.Validation.Count == 0))
            throw new InvalidDataException($"the data are too few for the shares of data.split: no document fell to the {(validation.Length == 0 ? "validation" : "test")} part; give more documents, larger shares or data.validation");
        var length = recipe.Data.SequenceLength;
        return new CorpusSplit(training, baselineDocuments, trainingTokens, HeldOut(recipe, validation, length, tokenizer, "validation"), test.Length == 0 ? null : HeldOut(recipe, test, length, tokenizer, "test"));
    }

    private static CorpusSplit ByTokens(Recipe recipe, IReadOnlyList<string> texts, Tokenizer tokenizer)
    {
        if (recipe.Data.DocumentMask) throw new InvalidDataException("data.document_mask needs documents: set data.split_by to documents");
        var tokens = new List<int>();
        foreach (var text in texts)
        {
            if (recipe.Data.Encode == EncodeUnit.Whole) tokenizer.Encode(text, tokens);
            else foreach (var document in tokenizer.EncodeAll(Documents(recipe, text), new EncodeOptions(tokenizer.AddsBos, AddEos: true))) tokens.AddRange(document);
        }
        var all = tokens.ToArray();
        var first = (int)Math.Round(all.Length * recipe.Data.Split.Train);
        var second = recipe.Data.Split.Test > 0 ? (int)Math.Round(all.Length * (recipe.Data.Split.Train + recipe.Data.Split.Validation)) : all.Length;
        var length = recipe.Data.SequenceLength;
        var training = all[..first];
        return new CorpusSplit(new WindowData(training, length, (ulong)recipe.Training.Seed), [training],
            Windows(all[first..second], length, tokenizer, "validation"), second < all.Length ? Windows(all[second..], length, tokenizer, "test") : null);
    }

    private static CorpusSplit ByDocuments(Recipe recipe, IReadOnlyList<string> texts, Tokenizer tokenizer)
    {
        if (recipe.Data.Encode == EncodeUnit.Whole) throw new InvalidDataException("data.split_by: documents needs data.encode: documents");
        var documents = tokenizer.EncodeAll([.. texts.SelectMany(text => Documents(recipe, text))], new EncodeOptions(tokenizer.AddsBos, AddEos: true));
        new CounterRandom((ulong)recipe.Training.Seed, 0x53504C49).Shuffle<int[]>(documents); // "SPLI"
        var first = (int)Math.Round(documents.Length * recipe.Data.Split.Train);
        var second = recipe.Data.Split.Test > 0 ? (int)Math.Round(documents.Length * (recipe.Data.Split.Train + recipe.Data.Split.Validation)) : documents.Length;
        if (first == 0 || first == second || (recipe.Data.Split.Test > 0 && second == documents.Length))
            throw new InvalidDataException($"the text has {documents.Length} documents (separated by {Show(recipe.Data.DocumentSeparator)}), too few for the shares of data.split; use data.split_by: tokens or more text");
        var (training, length) = (documents[..first], recipe.Data.SequenceLength);
        ITrainingData data;
        if (recipe.Data.DocumentMask) data = new RowData(Packed(training, length), (ulong)recipe.Training.Seed);
        else
        {
            training = [[.. training.SelectMany(ids => ids)]]; // windows reach from one document into the next, so the baselines' pairs do too
            data = new WindowData(training[0], length, (ulong)recipe.Training.Seed);
        }
        return new CorpusSplit(data, training, HeldOut(recipe, documents[first..second], length, tokenizer, "validation"), second < documents.Length ? HeldOut(recipe, documents[second..], length, tokenizer, "test") : null);
    }

    private static HeldOutPart HeldOut(Recipe recipe, int[][] part, int length, Tokenizer tokenizer, string name) => recipe.Data.DocumentMask
        ? new HeldOutPart(Packed(part, length), Math.Max(1, part.Sum(ids => (long)Encoding.UTF8.GetByteCount(tokenizer.Decode(ids)))))
        : Windows([.. part.SelectMany(ids => ids)], length, tokenizer, name);

    /// <summary>Documents in rows of T. One longer than a row goes on in the next, as a text cut into windows does: no token is lost.</summary>
    private static TokenRows Packed(int[][] documents, int length) => SequencePacker.Pack(documents.SelectMany(ids => Pieces(ids, length)), length).Rows;

    private static IEnumerable<TrainingSample> Pieces(int[] ids, int length)
    {
        for (var start = 0; start + 1 < ids.Length; start += length) yield return new TrainingSample(ids[start..Math.Min(ids.Length, start + length + 1)]);
    }

    private static string[] Documents(Recipe recipe, string text) => recipe.Data.DocumentSeparator.Length == 0
        ? [text]
        : text.Split(recipe.Data.DocumentSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static HeldOutPart Windows(int[] tokens, int length, Tokenizer tokenizer, string name)
    {
        if (tokens.Length <= length)
            throw new InvalidDataException($"the {name} part has {tokens.Length} tokens, a window of {length} needs at least {length + 1}; give more text, another data.split or a shorter data.sequence_length");
        return new HeldOutPart(TokenRows.FromWindows(tokens, length), Math.Max(1, Encoding.UTF8.GetByteCount(tokenizer.Decode(tokens))));
    }

    private static string Show(string separator) => separator.Length == 0 ? "files" : '"' + separator.Replace("\n", "\\n") + '"';
}
