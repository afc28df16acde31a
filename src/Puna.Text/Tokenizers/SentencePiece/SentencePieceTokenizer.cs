using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Puna.Text;

/// <summary>What the SentencePiece tokenizers share: the vocabulary, the preparation of text, bytes and unknown characters, decoding.</summary>
public abstract class SentencePieceTokenizer : Tokenizer
{
    private readonly Dictionary<string, int> ids;
    private readonly TextNormalizer normalizer;
    private readonly int[]? byteIds;
    private readonly ConcurrentQueue<CharBuffer> idle = [];
    private readonly int unknown;

    private protected SentencePieceTokenizer(SentencePieceModel model, string name)
    {
        Model = model;
        Pieces = [.. model.Pieces];
        ids = new Dictionary<string, int>(Pieces.Length, StringComparer.Ordinal);
        Texts = new Dictionary<string, int>(Pieces.Length, StringComparer.Ordinal);
        unknown = -1;
        for (var id = 0; id < Pieces.Length; id++)
        {
            var (text, _, type) = Pieces[id];
            if (!ids.TryAdd(text, id))
                throw new InvalidDataException($"{name}: pieces {ids[text]} and {id} are both '{text}'; a piece must be unique.");
            if (type is SentencePieceType.Normal or SentencePieceType.UserDefined or SentencePieceType.Unused) Texts.Add(text, id);
            if (type != SentencePieceType.Unknown) continue;
            if (unknown >= 0) throw new InvalidDataException($"{name}: pieces {unknown} and {id} are both of type unknown; a model has one.");
            unknown = id;
        }
        if (unknown < 0) throw new InvalidDataException($"{name}: none of the {Pieces.Length} pieces is of type unknown; a model has one.");
        UserSymbols = new SymbolMatcher(Pieces.Where(p => p.Type == SentencePieceType.UserDefined).Select(p => p.Text));
        ControlSymbols = new SymbolMatcher(Pieces.Where(p => p.Type == SentencePieceType.Control).Select(p => p.Text));
        normalizer = new TextNormalizer(model.Normalizer, model.Trainer.TreatWhitespaceAsSuffix, UserSymbols, name);
        ByteValues = [.. Pieces.Select((piece, id) => piece.Type == SentencePieceType.Byte ? ByteValue(piece.Text, id, name) : -1)];
        byteIds = model.Trainer.ByteFallback ? BytePieces(name) : null;
        BosId = Control(model.Trainer.BosPiece);
        EosId = Control(model.Trainer.EosPiece);
        PadId = Control(model.Trainer.PadPiece);
    }

    /// <summary>The file's content. It must not be changed.</summary>
    public SentencePieceModel Model { get; }

    /// <inheritdoc/>
    public sealed override int VocabularySize => Pieces.Length;

    /// <inheritdoc/>
    public sealed override int? BosId { get; }

    /// <inheritdoc/>
    public sealed override int? EosId { get; }

    /// <inheritdoc/>
    public sealed override int? UnknownId => unknown;

    /// <inheritdoc/>
    public sealed override int? PadId { get; }

    /// <inheritdoc/>
    public sealed override bool AddsBos => BosId is not null && Model.AddsBos != false;

    internal SentencePiece[] Pieces { get; }

    /// <summary>Pieces that text can become.</summary>
    internal Dictionary<string, int> Texts { get; }

    internal int[] ByteValues { get; }

    internal sealed override SymbolMatcher UserSymbols { get; }

    internal sealed override SymbolMatcher ControlSymbols { get; }

    /// <inheritdoc/>
    public sealed override string IdToPiece(int id) => Piece(id).Text;

    /// <inheritdoc/>
    public sealed override bool TryGetId(string piece, out int id)
    {
        if (ids.TryGetValue(piece, out id)) return true;
        id = -1;
        return false;
    }

    /// <inheritdoc/>
    public sealed override bool IsControl(int id) => Piece(id).Type == SentencePieceType.Control;

    /// <inheritdoc/>
    public sealed override byte[] TextBytes(int id, bool atStart = false)
    {
        var (text, _, type) = Piece(id);
        if (type == SentencePieceType.Byte) return [(byte)ByteValues[id]];
        if (type == SentencePieceType.Control) return [];
        if (type == SentencePieceType.Unknown) return Encoding.UTF8.GetBytes(Model.Trainer.UnknownSurface);
        if (atStart && text[0] == TextNormalizer.Space && (Model.Normalizer.AddDummyPrefix || Model.Normalizer.RemoveExtraWhitespaces)) text = text[1..];
        return Encoding.UTF8.GetBytes(text.Replace(TextNormalizer.Space, ' '));
    }

    /// <inheritdoc/>
    public sealed override StreamingDecoder CreateDecoder() => new SentencePieceDecoder(this);

    /// <inheritdoc/>
    public sealed override void Save(string folder) => Model.Save(Path.Combine(folder, Tokenizers.FileName));

    internal ref readonly SentencePiece Piece(int id)
    {
        if ((uint)id < (uint)Pieces.Length) return ref Pieces[id];
        throw new ArgumentOutOfRangeException(nameof(id), id, $"Id {id} is not in the vocabulary, whose ids are 0 to {Pieces.Length - 1}.");
    }

    /// <summary>What separates words in prepared text.</summary>
    internal char WordSpace => normalizer.WordSpace;

    internal sealed override void EncodeText(ReadOnlySpan<char> text, bool continuation, List<int> output)
    {
        if (!idle.TryDequeue(out var prepared)) prepared = new CharBuffer();
        normalizer.Normalize(text, continuation, prepared);
        if (prepared.Length > 0) EncodeNormalized(prepared.Written, new PieceSink(output, unknown, byteIds));
        prepared.Clear();
        idle.Enqueue(prepared);
    }

    private protected abstract void EncodeNormalized(ReadOnlySpan<char> text, PieceSink output);

    /// <summary>What a character outside the vocabulary becomes: its bytes, or the unknown id.</summary>
    /// <param name="ids">Room for four.</param>
    /// <returns>How many ids.</returns>
    internal int Unknown(Rune character, Span<int> ids)
    {
        ids[0] = unknown;
        if (byteIds is null) return 1;
        Span<byte> utf8 = stackalloc byte[4];
        var count = character.EncodeToUtf8(utf8);
        for (var i = 0; i < count; i++) ids[i] = byteIds[utf8[i]];
        return count;
    }

    private int? Control(string piece) => ids.TryGetValue(piece, out var id) && Pieces[id].Type == SentencePieceType.Control ? id : null;

    private int[] BytePieces(string name)
    {
        var found = new int[256];
        Array.Fill(found, -1);
        for (var id = 0; id < Pieces.Length; id++)
            if (ByteValues[id] >= 0) found[ByteValues[id]] = id;
        if (Array.IndexOf(found, -1) is >= 0 and var missing)
            throw new InvalidDataException($"{name}: byte fallback is on, but there is no piece <0x{missing:X2}>; all 256 are needed.");
        return found;
    }

    private static int ByteValue(string text, int id, string name)
    {
        if (text is ['<', '0', 'x', _, _, '>'] && byte.TryParse(text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)) return value;
        throw new InvalidDataException($"{name}: piece {id} is of type byte but is spelled '{text}', not like <0x0A>; the file is damaged.");
    }

    /// <summary>Takes the ids of one text; a stretch of unknown characters becomes its bytes, or a single unknown id.</summary>
    internal sealed class PieceSink(List<int> output, int unknown, int[]? byteIds)
    {
        private bool afterUnknown;

        public void Add(int id)
        {
            output.Add(id);
            afterUnknown = false;
        }

        /// <summary>Adds the ids of a word, in which the unknown id stands once for every unknown character.</summary>
        public void AddWord(ReadOnlySpan<int> ids)
        {
            if (byteIds is not null)
            {
                output.AddRange(ids);
                return;
            }
            foreach (var id in ids)
            {
                if (id != unknown || !afterUnknown) output.Add(id);
                afterUnknown = id == unknown;
            }
        }

        public void AddUnknown(ReadOnlySpan<char> text)
        {
            if (byteIds is null)
            {
                if (!afterUnknown) output.Add(unknown);
                afterUnknown = true;
                return;
            }
            Span<byte> utf8 = stackalloc byte[4];
            foreach (var rune in text.EnumerateRunes())
                foreach (var b in utf8[..rune.EncodeToUtf8(utf8)]) output.Add(byteIds[b]);
        }
    }
}
