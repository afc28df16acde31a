using System.Buffers.Binary;
using Puna.Inference;

namespace Puna.Evaluation.Tests;

/// <summary>The file that llama-perplexity and Puna exchange; its layout is written down by hand here.</summary>
public sealed class BaseLogitsTests : IDisposable
{
    private static readonly int[] Tokens = [1, 2, 0, 2, 2, 1, 0, 1];
    private readonly TemporaryFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void What_is_written_is_laid_out_as_llama_perplexity_does_it()
    {
        var bytes = Written();
        using var reader = new BinaryReader(new MemoryStream(bytes));
        reader.ReadBytes(8).ShouldBe("_logits_"u8.ToArray());
        (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32()).ShouldBe((4, 3, 2)); // tokens of a chunk, vocabulary, chunks
        foreach (var token in Tokens) reader.ReadInt32().ShouldBe(token);
        // chunks of 4: one row each, after token 2; the logits 0, 3 and 1 first
        var logSum = (float)Math.Log(Math.Exp(-3) + 1 + Math.Exp(-2));
        var scale = reader.ReadSingle();
        scale.ShouldBe(3 / 65535f);
        reader.ReadSingle().ShouldBe(-3 - logSum, 1e-6f);
        ((int)reader.ReadUInt16(), (int)reader.ReadUInt16(), (int)reader.ReadUInt16()).ShouldBe((0, 65535, 21845));
        reader.ReadUInt16().ShouldBe((ushort)0); // fills up an odd vocabulary
        // the second row: 30 nats are cut to 16
        reader.ReadSingle().ShouldBe(16 / 65535f);
        reader.ReadSingle().ShouldBe(-16 - (float)Math.Log(1 + Math.Exp(-10)), 2e-6f);
        ((int)reader.ReadUInt16(), (int)reader.ReadUInt16(), (int)reader.ReadUInt16()).ShouldBe((65535, 0, 24576)); // 6 of 16 nats
        reader.ReadUInt16();
        reader.BaseStream.Position.ShouldBe(bytes.Length);
        new BaseLogitsHeader(4, 3, 2).FileBytes.ShouldBe(bytes.Length);
    }

    [Fact]
    public void What_is_read_is_what_was_written_within_half_a_code()
    {
        using var reader = new BaseLogitsReader(Save(Written()));
        reader.Header.ShouldBe(new BaseLogitsHeader(4, 3, 2));
        reader.Tokens.ShouldBe(Tokens);
        var row = new BaseLogitsRow(3);
        reader.Read(row);
        var logSum = Math.Log(Math.Exp(-3) + 1 + Math.Exp(-2));
        double[] expected = [-3 - logSum, -logSum, -2 - logSum];
        for (var id = 0; id < 3; id++) ((row.Scale * row.Codes[id]) + row.Minimum).ShouldBe((float)expected[id], row.Scale);
    }

    [Fact]
    public void Equal_logits_have_the_scale_0_and_are_read()
    {
        float[] logits = [2, 2, 2];
        var row = new BaseLogitsRow(3);
        row.Set(logits, LogNormalizer.Of(logits));
        row.Scale.ShouldBe(0);
        row.Codes.ToArray().ShouldBe([0, 0, 0]);
        row.Minimum.ShouldBe(-MathF.Log(3), 1e-6f);
        var statistics = new DivergenceStatistics(1);
        statistics.Add(logits, LogNormalizer.Of(logits), row, 1);
        statistics.Figures().Single(figure => figure.Name == "kld_mean").Value.ShouldBe(0, 1e-6);
    }

    [Fact]
    public void Damaged_files_are_refused_with_a_sentence()
    {
        var sound = Written();
        Refused([], "has 0 bytes");
        Refused(sound[..19], "has 19 bytes");
        Refused([.. "GGUF"u8, .. sound[4..]], "does not begin with _logits_");
        Refused(sound[..^1], $"has {sound.Length - 1} bytes", $"make {sound.Length}", "not written to its end");
        Refused([.. sound, 0], "has");
        Refused(With(8, 2), "2 chunks of 2 tokens");
        Refused(With(8, int.MaxValue), "which no model and text give");
        Refused(With(8, -4), "-4");
        Refused(With(12, 0), "vocabulary of 0");
        Refused(With(12, int.MaxValue), "vocabulary of 2147483647");
        Refused(With(12, 1 << 28), "make");
        Refused(With(16, 0), "0 chunks");
        Refused(With(16, 1 << 27), "make");
        Refused(With(20, 3), "token 3 at index 0");
        Refused(With(24, -1), "token -1 at index 1");
        foreach (var scale in (float[])[float.NaN, -1, float.PositiveInfinity, 1]) Refused(With(52, BitConverter.SingleToInt32Bits(scale)), "row 0", "no log-probabilities");
        Refused(With(56, BitConverter.SingleToInt32Bits(float.NegativeInfinity)), "row 0");
        Should.Throw<FileNotFoundException>(() => new BaseLogitsReader(_scratch["none"])).Message.ShouldContain("there is no file");
        Should.Throw<InvalidDataException>(() => new BaseLogitsReader(_scratch.Root)).Message.ShouldContain("is a folder");

        byte[] With(int at, int value)
        {
            var bytes = (byte[])sound.Clone();
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
            return bytes;
        }

        void Refused(byte[] bytes, params string[] words)
        {
            var path = Save(bytes);
            var message = Should.Throw<InvalidDataException>(() =>
            {
                using var reader = new BaseLogitsReader(path);
                reader.Read(new BaseLogitsRow(3));
            }).Message;
            message.ShouldStartWith(path);
            foreach (var word in words) message.ShouldContain(word);
        }
    }

    [Fact]
    public void A_size_beyond_any_file_does_not_overflow() =>
        new BaseLogitsHeader(int.MaxValue, int.MaxValue, int.MaxValue).FileBytes.ShouldBe(long.MaxValue);

    private static byte[] Written()
    {
        using var stream = new MemoryStream();
        var writer = new BaseLogitsWriter(stream, new BaseLogitsHeader(4, 3, 2), Tokens);
        foreach (var logits in (float[][])[[0, 3, 1], [100, 70, 90]]) writer.Write(logits, LogNormalizer.Of(logits));
        return stream.ToArray();
    }

    private string Save(byte[] bytes)
    {
        File.WriteAllBytes(_scratch["base.kld"], bytes);
        return _scratch["base.kld"];
    }
}
