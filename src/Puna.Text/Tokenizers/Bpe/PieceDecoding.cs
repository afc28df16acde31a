using System.Text;

namespace Puna.Text;

/// <summary>How the pieces of a <see cref="BpeTokenizer"/> become text; which of the two its file says.</summary>
internal sealed record PieceDecoding
{
    /// <summary>Pieces spell bytes in the <see cref="ByteAlphabet"/>.</summary>
    public static PieceDecoding Bytes { get; } = new() { SpellsBytes = true };

    /// <summary>What Llama 1 and 2 have: U+2581 is a space, byte pieces are bytes, one space is dropped before the text.</summary>
    public static PieceDecoding Llama { get; } = new() { Replacements = [new ReplaceStep("\u2581", " ")], JoinsBytes = true, Dropped = ' ', MostDropped = 1 };

    public bool SpellsBytes { get; init; }

    /// <summary>What is replaced inside each piece, in order.</summary>
    public IReadOnlyList<ReplaceStep> Replacements { get; init; } = [];

    /// <summary>Whether pieces such as <c>&lt;0x0A&gt;</c> are bytes.</summary>
    public bool JoinsBytes { get; init; }

    /// <summary>A character that is dropped before the text, up to <see cref="MostDropped"/> times.</summary>
    public char Dropped { get; init; }

    public int MostDropped { get; init; }

    /// <summary>Whether the first piece loses every <see cref="Dropped"/> instead (Metaspace).</summary>
    public bool DropsInFirstPiece { get; init; }

    /// <summary>Whether the pieces are joined by now; what comes later in the file is done to the whole text.</summary>
    public bool IsFused { get; init; }

    /// <summary>The bytes that an id which is no control symbol adds to the text.</summary>
    public byte[] TextOf(BpeTokenizer tokenizer, int id, bool atStart)
    {
        if (SpellsBytes) return BytesOf((ByteLevelBpe)tokenizer, id);
        var piece = tokenizer.IdToPiece(id);
        if (JoinsBytes && TryByte(piece, out var value)) return atStart && MostDropped > 0 && value == Dropped ? [] : [value];
        piece = Replace(piece);
        if (!atStart) return Encoding.UTF8.GetBytes(piece);
        if (DropsInFirstPiece) piece = piece.Replace(Dropped.ToString(), "", StringComparison.Ordinal);
        var dropped = 0;
        while (dropped < MostDropped && dropped < piece.Length && piece[dropped] == Dropped) dropped++;
        return Encoding.UTF8.GetBytes(piece[dropped..]);
    }

    public static byte[] BytesOf(ByteLevelBpe tokenizer, int id)
    {
        var bytes = tokenizer.AddedContent(id) is null ? tokenizer.Vocabulary[id] : default;
        return bytes.IsEmpty ? tokenizer.IdToBytes(id) : bytes.ToArray();
    }

    public static bool TryByte(string piece, out byte value)
    {
        value = 0;
        return piece is ['<', '0', 'x', _, _, '>'] && byte.TryParse(piece.AsSpan(3, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out value);
    }

    public string Replace(string piece)
    {
        var before = piece.Length;
        foreach (var step in Replacements)
        {
            piece = step.Apply(piece, TextPlace.Start);
            Growth.Check(before, piece.Length);
        }
        return piece;
    }

    public StreamingDecoder Create(BpeTokenizer tokenizer) => SpellsBytes ? new ByteLevelDecoder((ByteLevelBpe)tokenizer) : new PieceDecoder(tokenizer, this);
}

/// <summary>Bytes to text: whole characters at once, U+FFFD for what is none. One serves one sequence.</summary>
/// <param name="markPerByte">Whether every byte that belongs to no character gets a U+FFFD, instead of every longest run that might have become one.</param>
internal sealed class CharacterAssembler(bool markPerByte)
{
    private readonly byte[] pending = new byte[4];
    private int count;

    public bool IsEmpty => count == 0;

    public void Append(ReadOnlySpan<byte> bytes, StringBuilder output)
    {
        foreach (var value in bytes)
        {
            pending[count++] = value;
            Emit(output, isEnd: false);
        }
    }

    public void End(StringBuilder output) => Emit(output, isEnd: true);

    private void Emit(StringBuilder output, bool isEnd)
    {
        Span<char> characters = stackalloc char[2];
        while (count > 0)
        {
            var status = Rune.DecodeFromUtf8(pending.AsSpan(0, count), out var rune, out var used);
            if (status == System.Buffers.OperationStatus.NeedMoreData && !isEnd) return;
            if (status != System.Buffers.OperationStatus.Done) (rune, used) = (Rune.ReplacementChar, markPerByte ? 1 : used);
            output.Append(characters[..rune.EncodeToUtf16(characters)]);
            count -= used;
            pending.AsSpan(used, count).CopyTo(pending);
        }
    }
}

/// <summary>The bytes of byte-level pieces, joined.</summary>
internal sealed class ByteLevelDecoder(ByteLevelBpe tokenizer) : StreamingDecoder
{
    private readonly CharacterAssembler characters = new(markPerByte: false);

    protected internal override void Append(int id, StringBuilder output)
    {
        if (tokenizer.IsControl(id)) return;
        var bytes = tokenizer.AddedContent(id) is null ? tokenizer.Vocabulary[id] : default;
        characters.Append(bytes.IsEmpty ? tokenizer.IdToBytes(id) : bytes, output);
    }

    protected internal override void Flush(StringBuilder output) => characters.End(output);
}

/// <summary>Pieces that are text, and bytes among them.</summary>
internal sealed class PieceDecoder(BpeTokenizer tokenizer, PieceDecoding decoding) : StreamingDecoder
{
    private readonly CharacterAssembler characters = new(markPerByte: true);
    private readonly StringBuilder ready = new();
    private int dropped;
    private bool started;

    protected internal override void Append(int id, StringBuilder output)
    {
        if (tokenizer.IsControl(id)) return;
        var piece = tokenizer.IdToPiece(id);
        ready.Clear();
        if (decoding.JoinsBytes && PieceDecoding.TryByte(piece, out var value))
        {
            characters.Append([value], ready);
        }
        else
        {
            characters.End(ready);
            piece = decoding.Replace(piece);
            if (decoding.DropsInFirstPiece && !started) piece = piece.Replace(decoding.Dropped.ToString(), "", StringComparison.Ordinal);
            ready.Append(piece);
        }
        started = true;
        Give(output);
    }

    protected internal override void Flush(StringBuilder output)
    {
        ready.Clear();
        characters.End(ready);
        Give(output);
        (dropped, started) = (0, false);
    }

    private void Give(StringBuilder output)
    {
        var from = 0;
        while (dropped < decoding.MostDropped && from < ready.Length)
        {
            if (ready[from] != decoding.Dropped) dropped = decoding.MostDropped;
            else (from, dropped) = (from + 1, dropped + 1);
        }
        output.Append(ready, from, ready.Length - from);
    }
}
