using System.Collections.Concurrent;

namespace Puna.Text;

/// <summary>
/// What the byte pair encodings that merge by rank share: added tokens are found first, the stretches between them are normalised and cut into words, each
/// word's symbols are merged, the pair of lowest rank first. Sources: openai/tiktoken; huggingface/tokenizers (behaviour).
/// </summary>
public abstract class BpeTokenizer : Tokenizer
{
    private readonly bool[] isSpecial;
    private readonly string?[] added;
    private readonly Dictionary<string, int> addedIds;
    private readonly AddedTokenMatcher user, all, normalizedUser, normalizedAll;
    // A bag would hold them by the thread as well, and with them this tokenizer, for as long as the thread lives.
    private readonly ConcurrentQueue<BpeWords> idle = [];

    private protected BpeTokenizer(BpeParts parts)
    {
        Parts = parts;
        isSpecial = new bool[parts.Pieces.Count];
        added = new string?[parts.Pieces.Count];
        addedIds = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in parts.Added)
        {
            (isSpecial[token.Id], added[token.Id]) = (token.Special, token.Content);
            addedIds.TryAdd(token.Content, token.Id);
        }
        Vocabulary = new BpeVocabulary([.. parts.Pieces.Select((piece, id) => isSpecial[id] ? null : BytesOf(piece))], parts.Name);
        var plain = parts.Added.Where(token => !token.Normalized).Select(token => (token.Content, token)).ToArray();
        var normalized = parts.Added.Where(token => token.Normalized).Select(token => (Normalize(token.Content, TextPlace.Start), token)).ToArray();
        (user, all) = (new(plain.Where(item => !item.token.Special)), new(plain));
        (normalizedUser, normalizedAll) = (new(normalized.Where(item => !item.token.Special)), new(normalized));
        UserSymbols = new SymbolMatcher(parts.Added.Where(token => !token.Special).Select(token => token.Content.Replace(' ', '\u2581')));
        ControlSymbols = new SymbolMatcher(parts.Added.Where(token => token.Special).Select(token => token.Content));
    }

    /// <inheritdoc/>
    public sealed override int VocabularySize => Parts.Pieces.Count;

    /// <inheritdoc/>
    public sealed override int? BosId => Parts.BosId;

    /// <inheritdoc/>
    public sealed override int? EosId => Parts.EosId;

    /// <inheritdoc/>
    public sealed override int? UnknownId => Parts.UnknownId;

    /// <inheritdoc/>
    public sealed override int? PadId => Parts.PadId;

    /// <inheritdoc/>
    public sealed override bool AddsBos => Parts.AddsBos && BosId is not null;

    /// <summary>The tokens that are found in text before anything else.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => Parts.Added;

    internal BpeParts Parts { get; }

    internal BpeVocabulary Vocabulary { get; }

    internal sealed override SymbolMatcher UserSymbols { get; }

    internal sealed override SymbolMatcher ControlSymbols { get; }

    /// <inheritdoc/>
    public sealed override string IdToPiece(int id) => Parts.Pieces[Checked(id)];

    /// <inheritdoc/>
    public sealed override bool TryGetId(string piece, out int id)
    {
        if (addedIds.TryGetValue(piece, out id)) return true;
        id = BytesOf(piece) is { } bytes ? Vocabulary.Find(bytes) : -1;
        return id >= 0 && Parts.Pieces[id] == piece;
    }

    /// <inheritdoc/>
    public sealed override bool IsControl(int id) => isSpecial[Checked(id)];

    /// <inheritdoc/>
    public sealed override byte[] TextBytes(int id, bool atStart = false) => IsControl(id) ? [] : Parts.Decoding.TextOf(this, id, atStart);

    /// <inheritdoc/>
    public sealed override StreamingDecoder CreateDecoder() => Parts.Decoding.Create(this);

    /// <summary>Writes the tokenizer as <c>tokenizer.json</c> in a folder, which is made where it is missing.</summary>
    /// <param name="folder">The model folder.</param>
    public sealed override void Save(string folder) => TokenizerJsonWriter.Save(this, Path.Combine(folder, TokenizerJson.FileName));

    internal sealed override void EncodeText(ReadOnlySpan<char> text, bool continuation, List<int> output) =>
        EncodeAround(text, continuation ? TextPlace.Continuation : TextPlace.Start, user, normalizedUser, output);

    internal sealed override void EncodeParsed(ReadOnlySpan<char> text, List<int> output) => EncodeAround(text, TextPlace.Start, all, normalizedAll, output);

    /// <summary>The content of an added token, null for any other.</summary>
    internal string? AddedContent(int id) => added[id];

    internal int Checked(int id) => (uint)id < (uint)VocabularySize
        ? id : throw new ArgumentOutOfRangeException(nameof(id), id, $"Id {id} is not in the vocabulary, whose ids are 0 to {VocabularySize - 1}.");

    /// <summary>The bytes that a piece stands for; null where text cannot become it.</summary>
    internal abstract byte[]? BytesOf(string piece);

    /// <summary>The symbols that a word begins with, one to a byte at most.</summary>
    /// <returns>How many.</returns>
    internal abstract int FirstSymbols(ReadOnlySpan<byte> word, Span<int> symbols);

    /// <summary>Hands the parts of a word that no merge crosses to a function, so that long words stay short.</summary>
    internal virtual int EndOfPart(ReadOnlySpan<char> word) => word.Length;

    private void EncodeAround(ReadOnlySpan<char> text, TextPlace place, AddedTokenMatcher plain, AddedTokenMatcher normalized, List<int> output)
    {
        if (!idle.TryDequeue(out var words)) words = new BpeWords(this);
        words.Begin(output);
        for (var from = 0; from < text.Length;)
        {
            var (start, end, id) = (text.Length, text.Length, -1);
            if (!plain.IsEmpty) plain.Next(text, from, out start, out end, out id);
            if (start > from) EncodeStretch(text[from..start], place, normalized, words, output);
            if (id >= 0) output.Add(id);
            if (place == TextPlace.Start) place = TextPlace.AfterToken;
            from = end;
        }
        words.End();
        idle.Enqueue(words);
    }

    private void EncodeStretch(ReadOnlySpan<char> text, TextPlace place, AddedTokenMatcher tokens, BpeWords words, List<int> output)
    {
        if (Parts.Normalizer is not null) text = Normalize(text.ToString(), place);
        for (var from = 0; from < text.Length;)
        {
            var (start, end, id) = (text.Length, text.Length, -1);
            if (!tokens.IsEmpty) tokens.Next(text, from, out start, out end, out id);
            if (start > from)
            {
                if (Parts.Splitter is { } splitter) splitter.Split(text[from..start], place, words);
                else words.Add(text[from..start]);
            }
            if (id >= 0) output.Add(id);
            if (place == TextPlace.Start) place = TextPlace.AfterToken;
            from = end;
        }
    }

    private string Normalize(string text, TextPlace place) => Parts.Normalizer?.Apply(text, place) ?? text;
}
