using System.Runtime.ExceptionServices;
using System.Text;

namespace Puna.Text;

/// <summary>
/// Text to ids and back. A tokenizer never changes after it is made, so any number of threads may use one.
/// Ids are 0 to <see cref="VocabularySize"/> - 1.
/// </summary>
public abstract class Tokenizer
{
    /// <summary>How many ids there are, special ones included.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>Id of the symbol that begins a sequence, where there is one.</summary>
    public abstract int? BosId { get; }

    /// <summary>Id of the symbol that ends a sequence, where there is one.</summary>
    public abstract int? EosId { get; }

    /// <summary>Id that stands for what the vocabulary cannot express, where there is one.</summary>
    public abstract int? UnknownId { get; }

    /// <summary>Id that fills up short rows of a batch, where there is one.</summary>
    public abstract int? PadId { get; }

    /// <summary>Whether <see cref="BosId"/> belongs before every sequence: GPT-2, for one, has a begin symbol and does without it.</summary>
    public virtual bool AddsBos => BosId is not null;

    /// <summary>The piece as the vocabulary spells it (SentencePiece writes a space as U+2581 and a byte as <c>&lt;0x0A&gt;</c>).</summary>
    /// <param name="id">An id.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public abstract string IdToPiece(int id);

    /// <summary>Finds the id of a piece spelled as in <see cref="IdToPiece"/>.</summary>
    /// <param name="piece">The spelling.</param>
    /// <param name="id">The id, or -1.</param>
    /// <returns>Whether there is such a piece.</returns>
    public abstract bool TryGetId(string piece, out int id);

    /// <summary>Whether the id is a control symbol: it steers the model and is no text (decoding skips it, and text never encodes to it
    /// unless <see cref="EncodeOptions.ParseSpecial"/> is set).</summary>
    /// <param name="id">An id.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public abstract bool IsControl(int id);

    /// <summary>The bytes of text that an id adds, as a decoder gives it out: none for a control symbol, a part of a character for some. Joined over a sequence they are
    /// the UTF-8 of its text, wherever they are valid UTF-8 and no control symbol stands inside a character.</summary>
    /// <param name="id">An id.</param>
    /// <param name="atStart">Whether nothing stands before it that has text: SentencePiece drops a space there.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public abstract byte[] TextBytes(int id, bool atStart = false);

    /// <summary>A decoder for one sequence of ids.</summary>
    public abstract StreamingDecoder CreateDecoder();

    /// <summary>Writes the tokenizer in a folder, which is made where it is missing: as <c>tokenizer.model</c>, or a byte pair encoding by rank as <c>tokenizer.json</c>.</summary>
    /// <param name="folder">The model folder.</param>
    public abstract void Save(string folder);

    /// <summary>Text to ids. Half a surrogate pair counts as U+FFFD.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="options">Special symbols; the default adds and parses none.</param>
    /// <returns>A new array; empty for an empty text without special symbols.</returns>
    public int[] Encode(string text, EncodeOptions options = default)
    {
        var ids = new List<int>(text.Length / 3 + 4);
        Encode(text, ids, options);
        return [.. ids];
    }

    /// <summary>Text to ids, added to the end of a list: for long text, which then needs no second array.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="output">Receives the ids; what it holds already stays.</param>
    /// <param name="options">Special symbols; the default adds and parses none.</param>
    public void Encode(ReadOnlySpan<char> text, List<int> output, EncodeOptions options = default)
    {
        if (options.AddBos && BosId is { } bos) output.Add(bos);
        if (options.ParseSpecial) EncodeParsed(text, output);
        else EncodeText(text, continuation: false, output);
        if (options.AddEos && EosId is { } eos) output.Add(eos);
    }

    /// <summary>Many texts to ids, several at a time. The ids are those of encoding one text after the other, for any number of threads.</summary>
    /// <param name="texts">The texts, for example lines or documents.</param>
    /// <param name="options">Special symbols; the default adds and parses none.</param>
    /// <param name="threads">How many texts are encoded at once; 0 for as many as there are processors.</param>
    /// <returns>The ids of each text, in the order of the texts.</returns>
    public int[][] EncodeAll(IReadOnlyList<string> texts, EncodeOptions options = default, int threads = 0)
    {
        var ids = new int[texts.Count][];
        if (threads == 0) threads = Environment.ProcessorCount;
        if (threads == 1 || texts.Count < 2)
        {
            for (var i = 0; i < ids.Length; i++) ids[i] = Encode(texts[i], options);
            return ids;
        }
        try
        {
            Parallel.For(0, ids.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, i => ids[i] = Encode(texts[i], options));
        }
        catch (AggregateException error)
        {
            ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }
        return ids;
    }

    /// <summary>Ids to text. Control symbols give no text; bytes that are not UTF-8 give U+FFFD.</summary>
    /// <param name="ids">Ids of one sequence.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var decoder = CreateDecoder();
        var text = new StringBuilder(ids.Length * 4);
        foreach (var id in ids) decoder.Append(id, text);
        decoder.Flush(text);
        return text.ToString();
    }

    internal abstract SymbolMatcher ControlSymbols { get; }

    /// <summary>Symbols that stay whole wherever text spells them, with U+2581 for a space; null for none.</summary>
    internal virtual SymbolMatcher? UserSymbols => null;

    /// <summary>Plain text to ids. A continuation stands after other text: no space is put before it and its own is kept.</summary>
    internal abstract void EncodeText(ReadOnlySpan<char> text, bool continuation, List<int> output);

    /// <summary>Text to ids, control symbols spelled out in it to theirs.</summary>
    internal virtual void EncodeParsed(ReadOnlySpan<char> text, List<int> output)
    {
        while (ControlSymbols.Next(text, out var start, out var length))
        {
            EncodeText(text[..start], continuation: false, output);
            TryGetId(text.Slice(start, length).ToString(), out var id);
            output.Add(id);
            text = text[(start + length)..];
        }
        EncodeText(text, continuation: false, output);
    }
}
