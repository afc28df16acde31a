using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Puna.Text;

/// <summary>
/// A tiktoken rank file (Llama 3's <c>tokenizer.model</c>): a line a token, its bytes in base64, a space, its rank, which is its id and its place among the merges.
/// The file says nothing of special tokens or of how text is cut; it is read as Llama 3 reads it: its 256 special tokens follow the ranks, its rule cuts.
/// Source: openai/tiktoken, tiktoken/load.py; meta-llama/llama-models, models/llama3/tokenizer.py (behaviour).
/// </summary>
public static class RankFile
{
    /// <summary>The longest token, in bytes.</summary>
    private const int LongestToken = 256;

    private const long LargestFile = 1L << 28;
    private static readonly SearchValues<byte> Base64Bytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is no rank file, or a damaged one.</exception>
    public static ByteLevelBpe Load(string path)
    {
        var length = FileSize.Of(path);
        if (length > LargestFile) throw new InvalidDataException($"{path}: {length} bytes are more than the {LargestFile} that a rank file may have; this is another file.");
        return Parse(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads a file's content.</summary>
    /// <param name="content">The content.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">It is no rank file, or a damaged one.</exception>
    public static ByteLevelBpe Parse(ReadOnlySpan<byte> content, string name = "rank file")
    {
        var tokens = Tokens(content, name);
        var pieces = tokens.Select(token => ByteAlphabet.Spell(token)).Concat(Llama3Specials.Names).ToArray();
        AddedToken[] added = [.. Llama3Specials.Names.Select((content, i) => new AddedToken(tokens.Length + i, content, Special: true))];
        var tokenizer = new ByteLevelBpe(new BpeParts
        {
            Name = name,
            Pieces = pieces,
            Merges = Merges(new BpeVocabulary(tokens, name)),
            Added = added,
            Splitter = SplitRule.Llama3.Scanner,
            Rule = SplitRule.Llama3,
            IgnoresMerges = true,
            BosId = tokens.Length,
            EosId = tokens.Length + 1,
            PadId = tokens.Length + Array.IndexOf(Llama3Specials.Names, Llama3Specials.Padding),
            AddsBos = true,
        });
        if (tokenizer.MissingByte is >= 0 and var missing) throw new InvalidDataException($"{name}: no token is the byte 0x{missing:X2}; a rank file has one for every byte.");
        return tokenizer;
    }

    /// <summary>Writes the tokens that are no added ones. Who reads the file must know the rule that cuts text and the special tokens.</summary>
    /// <param name="tokenizer">A tokenizer whose merges are in the order of its ids.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <exception cref="InvalidDataException">The ids say less than the merges do, so that the file would give other ids.</exception>
    public static void Save(ByteLevelBpe tokenizer, string path)
    {
        var count = tokenizer.VocabularySize;
        while (count > 0 && tokenizer.AddedContent(count - 1) is not null) count--;
        if (Enumerable.Range(0, count).FirstOrDefault(id => tokenizer.AddedContent(id) is not null || tokenizer.Vocabulary[id].IsEmpty, -1) is >= 0 and var gap)
            throw new InvalidDataException($"A rank file holds ordinary tokens without gaps, but id {gap} is '{tokenizer.IdToPiece(gap)}'; save tokenizer.json instead.");
        var previous = -1;
        foreach (var (left, right, _, id) in tokenizer.Parts.Merges.InOrder())
        {
            if (id < previous)
                throw new InvalidDataException($"A rank file merges in the order of the ids, but '{tokenizer.IdToPiece(left)}' and '{tokenizer.IdToPiece(right)}' become id {id} after id {previous} is made; save tokenizer.json instead.");
            previous = id;
        }
        var text = new StringBuilder();
        for (var id = 0; id < count; id++) text.Append(Convert.ToBase64String(tokenizer.Vocabulary[id])).Append(' ').Append(id).Append('\n');
        AtomicFile.WriteText(path, text.ToString());
    }

    /// <summary>Whether a file begins as a rank file does: base64, a space, a number.</summary>
    internal static bool IsOne(ReadOnlySpan<byte> start)
    {
        var end = start.IndexOf((byte)' ');
        return end > 0 && start[..end].IndexOfAnyExcept(Base64Bytes) < 0 && start[(end + 1)..].IndexOfAnyInRange((byte)'0', (byte)'9') == 0;
    }

    /// <summary>Every way in which two tokens make a third, with the third's id as rank.</summary>
    internal static MergeTable Merges(BpeVocabulary vocabulary)
    {
        var merges = new MergeTable(vocabulary.Count * 3);
        for (var id = 0; id < vocabulary.Count; id++)
        {
            var token = vocabulary[id];
            for (var cut = 1; cut < token.Length; cut++)
                if (vocabulary.Find(token[..cut]) is >= 0 and var left && vocabulary.Find(token[cut..]) is >= 0 and var right) merges.Set(left, right, id, id);
        }
        return merges;
    }

    private static byte[][] Tokens(ReadOnlySpan<byte> content, string name)
    {
        var lines = content.Count((byte)'\n') + 1;
        var tokens = new byte[lines][];
        var (count, number) = (0, 0);
        foreach (var range in content.Split((byte)'\n'))
        {
            number++;
            var line = content[range].TrimEnd((byte)'\r');
            if (line.IsEmpty) continue;
            var space = line.IndexOf((byte)' ');
            if (space <= 0 || !Utf8Parser.TryParse(line[(space + 1)..], out int rank, out var used) || used != line.Length - space - 1)
                throw new InvalidDataException($"{name}, line {number}: a line is a token in base64, a space and its rank; this is no rank file, or a damaged one.");
            if (rank < 0 || rank >= lines) throw new InvalidDataException($"{name}, line {number}: the rank {rank} is outside 0 to {lines - 1}, the number of lines; ranks have no gaps.");
            if (tokens[rank] is not null) throw new InvalidDataException($"{name}, line {number}: the rank {rank} is there already; a rank belongs to one token.");
            var token = new byte[Base64.GetMaxDecodedFromUtf8Length(space)];
            if (Base64.DecodeFromUtf8(line[..space], token, out _, out var length) != OperationStatus.Done || length == 0)
                throw new InvalidDataException($"{name}, line {number}: the token is not base64; the file is damaged.");
            if (length > LongestToken) throw new InvalidDataException($"{name}, line {number}: the token has {length} bytes, more than the {LongestToken} that are read.");
            tokens[rank] = token[..length];
            count++;
        }
        if (count == 0) throw new InvalidDataException($"{name}: there is no token in {content.Length} bytes; this is no rank file.");
        if (Array.IndexOf(tokens, null, 0, count) is >= 0 and var missing)
            throw new InvalidDataException($"{name}: {count} tokens, but none of rank {missing.ToString(CultureInfo.InvariantCulture)}; ranks have no gaps.");
        return tokens[..count];
    }
}
