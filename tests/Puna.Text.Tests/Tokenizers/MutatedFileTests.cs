using System.Text;

namespace Puna.Text.Tests;

/// <summary>A damaged tokenizer file is refused with a sentence, or is another tokenizer that works: it never crashes and never runs away.</summary>
public class MutatedFileTests
{
    private const string Probe = "Hello world, 12 <s> [INST] qeqi \u8A9E \U0001F999\n  é</s>";
    private static readonly byte[] Json = TokenizerJsonWriter.ToBytes(GoldenModels.LoadStored("bpe_512_llama"));
    private static readonly byte[] Protobuf = File.ReadAllBytes(GoldenModels.Stored("bpe_512_ascii_symbols.model"));

    [Fact]
    public void Tokenizer_json() => Try(1000, Json, TokenizerMutations.Json, bytes => TokenizerJson.Parse(bytes, "some.json"));

    [SkippableFact]
    public void Tokenizer_json_of_bytes() => Try(400, File.ReadAllBytes(ReleasedTokenizers.Path("torchtune/tiny_bpe_tokenizer.json")), TokenizerMutations.Json, bytes => TokenizerJson.Parse(bytes, "some.json"));

    [Fact]
    public void Rank_files() => Try(2000, SmallRanks(), TokenizerMutations.Ranks, bytes => RankFile.Parse(bytes, "some.ranks"));

    [Fact]
    public void Vocabularies_of_llama2_c() => Try(3000, SmallTokBin(), TokenizerMutations.TokBin, bytes => new SentencePieceBpe(TokBin.Parse(bytes, "some.bin"), "some.bin"));

    [Fact]
    public void SentencePiece_models() => Try(3000, Protobuf, TokenizerMutations.Protobuf, bytes => Puna.Text.Tokenizers.Create(SentencePieceModel.Parse(bytes, "some.model"), "some.model"));

    private static void Try(int count, byte[] whole, Func<byte[], int, byte[]> mutate, Func<byte[], Tokenizer> read)
    {
        var (refused, works) = (0, 0);
        for (var seed = 0; seed < count; seed++)
        {
            try
            {
                var tokenizer = read(mutate(whole, seed));
                var ids = tokenizer.Encode(Probe, new EncodeOptions(ParseSpecial: seed % 2 == 0));
                tokenizer.Decode(ids);
                works++;
            }
            catch (InvalidDataException error)
            {
                error.Message.ShouldStartWith("some.", Case.Sensitive, $"seed {seed}");
                error.Message.ShouldNotContain("\n   at");
                refused++;
            }
            catch (Exception error) when (error is not ShouldAssertException)
            {
                throw new InvalidOperationException($"seed {seed}: {error.GetType().Name}: {error.Message}", error);
            }
        }
        // Both must happen, or the damage is too little or too much to test anything.
        refused.ShouldBeGreaterThan(count / 20);
        works.ShouldBeGreaterThan(count / 100);
    }

    /// <summary>All bytes and a few words.</summary>
    internal static byte[] SmallRanks()
    {
        var tokens = Enumerable.Range(0, 256).Select(value => new[] { (byte)value }).Concat(new[] { "he", "ll", "llo", "hello", " w", "or", "ld", "orld", " world" }.Select(Encoding.UTF8.GetBytes));
        return Encoding.ASCII.GetBytes(string.Concat(tokens.Select((token, rank) => $"{Convert.ToBase64String(token)} {rank}\n")));
    }

    /// <summary>The pieces of a stored model as llama2.c spells them.</summary>
    internal static byte[] SmallTokBin()
    {
        var model = SentencePieceModel.Load(GoldenModels.Stored("bpe_512_llama.model"));
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        var pieces = model.Pieces.Select(piece => Encoding.UTF8.GetBytes(piece.Type == SentencePieceType.Control ? $"\n{piece.Text}\n" : piece.Text.Replace('\u2581', ' '))).ToArray();
        writer.Write(pieces.Max(piece => piece.Length));
        for (var id = 0; id < pieces.Length; id++)
        {
            writer.Write(model.Pieces[id].Score);
            writer.Write(pieces[id].Length);
            writer.Write(pieces[id]);
        }
        return stream.ToArray();
    }
}
