using System.Text;

namespace Puna.Text;

/// <summary>
/// WordPiece, as BERT and its kin (embedding models among them) have it: lower case without accents, words and signs apart, each word cut into the longest pieces of
/// the vocabulary from left to right; a word that cannot be is unknown. A piece that begins a word is spelled with U+2581, as GGUF files do.
/// Source: Devlin et al., «BERT», 2019; google-research/bert, tokenization.py; ggml-org/llama.cpp, src/llama-vocab.cpp (behaviour).
/// </summary>
public sealed class WordPieceTokenizer : Tokenizer
{
    private const char Start = TextNormalizer.Space;
    private readonly IReadOnlyList<string> pieces;
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly bool[] isControl;
    private readonly PieceAutomaton reversed;
    private readonly int unknown;

    internal WordPieceTokenizer(EmbeddedVocabulary vocabulary, string name)
    {
        pieces = vocabulary.Tokens;
        isControl = new bool[pieces.Count];
        for (var id = 0; id < pieces.Count; id++)
        {
            isControl[id] = vocabulary.TokenTypes?[id] is (int)SentencePieceType.Control or (int)SentencePieceType.Unknown;
            if (!ids.TryAdd(pieces[id], id)) throw new InvalidDataException($"{name}: the ids {ids[pieces[id]]} and {id} are both '{pieces[id]}'; a token must be unique.");
        }
        unknown = vocabulary.UnknownId ?? throw new InvalidDataException($"{name}: tokenizer.ggml.unknown_token_id is missing; a vocabulary of the kind bert needs it.");
        // Read backwards, a word's longest piece at every place takes one pass, however long the pieces are.
        reversed = new PieceAutomaton([.. pieces.Select((piece, id) => isControl[id] ? "" : new string([.. piece.Reverse()]))]);
        (BosId, EosId, PadId) = (vocabulary.BosId, vocabulary.EosId, vocabulary.PadId);
        ControlSymbols = new SymbolMatcher(pieces.Where((_, id) => isControl[id]));
    }

    /// <inheritdoc/>
    public override int VocabularySize => pieces.Count;

    /// <inheritdoc/>
    public override int? BosId { get; }

    /// <inheritdoc/>
    public override int? EosId { get; }

    /// <inheritdoc/>
    public override int? UnknownId => unknown;

    /// <inheritdoc/>
    public override int? PadId { get; }

    internal override SymbolMatcher ControlSymbols { get; }

    /// <inheritdoc/>
    public override string IdToPiece(int id) => pieces[Checked(id)];

    /// <inheritdoc/>
    public override bool TryGetId(string piece, out int id)
    {
        if (ids.TryGetValue(piece, out id)) return true;
        id = -1;
        return false;
    }

    /// <inheritdoc/>
    public override bool IsControl(int id) => isControl[Checked(id)];

    /// <inheritdoc/>
    public override byte[] TextBytes(int id, bool atStart = false)
    {
        if (IsControl(id)) return [];
        var piece = pieces[id];
        return Encoding.UTF8.GetBytes(piece[0] != Start ? piece : atStart ? piece[1..] : ' ' + piece[1..]);
    }

    /// <inheritdoc/>
    public override StreamingDecoder CreateDecoder() => new Decoder(this);

    /// <summary>Not done: no file that this build writes holds such a vocabulary.</summary>
    /// <param name="folder">The model folder.</param>
    /// <exception cref="InvalidDataException">Always.</exception>
    public override void Save(string folder) => throw new InvalidDataException("A WordPiece vocabulary cannot be saved by this build; keep the GGUF file that it came from.");

    internal override void EncodeText(ReadOnlySpan<char> text, bool continuation, List<int> output)
    {
        var word = new StringBuilder();
        foreach (var rune in UnicodeForms.Normalize(text.ToString(), compose: false, compatibility: false).EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                EndWord(word, output);
                continue;
            }
            if (rune.Value is 0 or 0xFFFD || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.NonSpacingMark) continue;
            var standsAlone = Rune.IsPunctuation(rune) || (rune.IsAscii && Rune.IsSymbol(rune)) || IsIdeograph(rune.Value);
            if (standsAlone) EndWord(word, output);
            word.Append(Rune.ToLowerInvariant(rune).ToString());
            if (standsAlone) EndWord(word, output);
        }
        EndWord(word, output);
    }

    private void EndWord(StringBuilder characters, List<int> output)
    {
        if (characters.Length == 0) return;
        var word = Start + characters.ToString();
        characters.Clear();
        var longest = new int[word.Length];
        for (var (at, state) = (word.Length - 1, PieceAutomaton.Root); at >= 0; at--)
        {
            state = reversed.Step(state, word[at]);
            longest[at] = reversed.PieceOf(reversed.FirstOutput(state));
        }
        var before = output.Count;
        for (var at = 0; at < word.Length; at += pieces[output[^1]].Length)
        {
            if (longest[at] < 0)
            {
                output.RemoveRange(before, output.Count - before);
                output.Add(unknown);
                return;
            }
            output.Add(longest[at]);
        }
    }

    // The blocks that BERT's own program names.
    private static bool IsIdeograph(int code) => code is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    private int Checked(int id) => (uint)id < (uint)pieces.Count ? id : throw new ArgumentOutOfRangeException(nameof(id), id, $"Id {id} is not in the vocabulary, whose ids are 0 to {pieces.Count - 1}.");

    private sealed class Decoder(WordPieceTokenizer tokenizer) : StreamingDecoder
    {
        private bool started;

        protected internal override void Append(int id, StringBuilder output)
        {
            if (tokenizer.IsControl(id)) return;
            var piece = tokenizer.pieces[id];
            if (piece[0] == Start && started) output.Append(' ');
            output.Append(piece.AsSpan(piece[0] == Start ? 1 : 0));
            started = true;
        }

        protected internal override void Flush(StringBuilder output) => started = false;
    }
}
