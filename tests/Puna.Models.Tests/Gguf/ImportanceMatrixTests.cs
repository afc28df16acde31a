using System.Text;
using Puna.Tensors;

namespace Puna.Models.Tests;

/// <summary>Importances of columns: kept, read, refused, and heeded by the quantiser.</summary>
public sealed class ImportanceMatrixTests
{
    [Fact]
    public void A_file_gives_back_what_was_gathered()
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var matrix = new ImportanceMatrix { Texts = ["a.txt", "b.txt"], ChunkCount = 3, ChunkSize = 20 };
        matrix.Add("blk.0.attn_q.weight", [60, 0, 6], 60);
        matrix.Add("blk.0.ffn_down.weight", [1], 60);
        matrix.Save(folder["m.gguf"], pool);
        var read = ImportanceMatrix.Load(folder["m.gguf"]);
        read.Texts.ShouldBe(["a.txt", "b.txt"]);
        (read.ChunkCount, read.ChunkSize).ShouldBe((3, 20));
        read.Names.ShouldBe(["blk.0.attn_q.weight", "blk.0.ffn_down.weight"], ignoreOrder: true);
        read.Of("blk.0.attn_q.weight", 3).ShouldBe([1f, 0f, 0.1f]);
        read.Of("blk.1.attn_q.weight", 3).ShouldBeEmpty();
        Should.Throw<InvalidDataException>(() => read.Of("blk.0.attn_q.weight", 4)).Message.ShouldContain("gathered with another model");
        using var file = new GgufFile(folder["m.gguf"]);
        file.Metadata.Text("general.type").ShouldBe("imatrix");
        file.Find("blk.0.attn_q.weight.in_sum2")!.Shape.ShouldBe([1, 3]);
        file.Find("blk.0.attn_q.weight.counts")!.Shape.ShouldBe([1, 1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Llama_cpps_older_files_are_read(bool withText)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["m.dat"], Old(withText));
        var read = ImportanceMatrix.Load(folder["m.dat"]);
        read.Of("blk.0.attn_k.weight", 2).ShouldBe([2f, 0.5f]);
        read.ChunkCount.ShouldBe(withText ? 4 : 0);
        read.Texts.ShouldBe(withText ? ["t.txt"] : []);
    }

    [Fact]
    public void Damaged_files_get_a_sentence()
    {
        using var folder = new TemporaryFolder();
        var whole = Old(true);
        for (var length = 0; length < whole.Length; length++)
        {
            if (length == Old(false).Length || length == Old(false).Length + sizeof(int)) continue; // pieces and text may be missing
            File.WriteAllBytes(folder["m.dat"], whole[..length]);
            Should.Throw<InvalidDataException>(() => ImportanceMatrix.Load(folder["m.dat"])).Message.ShouldContain("m.dat");
        }
        foreach (var (at, value) in new[] { (0, 0), (0, -1), (0, int.MaxValue), (4, 1 << 20), (4, -5), (27, -1), (31, int.MaxValue) })
        {
            var damaged = whole.ToArray();
            BitConverter.TryWriteBytes(damaged.AsSpan(at), value).ShouldBeTrue();
            File.WriteAllBytes(folder["m.dat"], damaged);
            Should.Throw<InvalidDataException>(() => ImportanceMatrix.Load(folder["m.dat"]), $"{value} at {at}").Message.ShouldContain("m.dat");
        }
        using var pool = new WorkerPool(1);
        GgufModel.Save(folder["model.gguf"], TinyLlama.Model(TinyLlama.Network()), GgufMix.ByName("F32"), pool);
        Should.Throw<InvalidDataException>(() => ImportanceMatrix.Load(folder["model.gguf"])).Message.ShouldContain("puna imatrix");
        Should.Throw<FileNotFoundException>(() => ImportanceMatrix.Load(folder["nothing"]));
        foreach (var (sum, tokens) in new[] { (float.NaN, 1.0), (-1, 1), (1, 0), (1, double.NaN), (float.PositiveInfinity, 1) })
            Should.Throw<InvalidDataException>(() => new ImportanceMatrix().Add("x", [sum], tokens));
    }

    [Theory]
    [InlineData("Q2_K")]
    [InlineData("Q3_K_S")]
    [InlineData("Q4_0")]
    [InlineData("Q4_K_S")]
    [InlineData("Q5_1")]
    public void The_error_goes_where_it_matters_least(string kind)
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(2);
        var config = LlamaConfig.Create(256, 256, 1, 4, 4, 40, 32);
        var network = TinyLlama.Network(config);
        var (random, importance) = (new CounterRandom(5), new ImportanceMatrix());
        string[] parts = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"];
        foreach (var part in parts) importance.Add($"blk.0.{part}.weight", [.. Enumerable.Range(0, 256).Select(_ => (float)Math.Exp(2 * random.NextNormal()))], 1);
        var mix = GgufMix.ByName(kind) with { IsPure = true };
        using var weights = new NetworkWeights(network);
        var content = new GgufContent(config, weights, null, null);
        GgufModel.Save(folder["plain.gguf"], content, mix, pool);
        GgufModel.Save(folder["known.gguf"], content, mix, pool, importance: importance);
        double Error(string path)
        {
            using var file = new GgufFile(path);
            file.Tensors.Where(tensor => tensor.Shape.Count == 2).ShouldAllBe(tensor => tensor.Type.Name == mix.Base);
            var total = 0.0;
            foreach (var part in parts)
            {
                var name = $"blk.0.{part}.weight";
                // queries and keys stand in another order of rows: both sides are read from files
                var (tensor, values, truth, columns) = (file.Find(name)!, new float[256], new float[256], importance.Of(name, 256));
                using var reference = new GgufFile(folder["f32.gguf"]);
                for (var row = 0; row < tensor.Rows; row++)
                {
                    file.ReadRow(tensor, row, values);
                    reference.ReadRow(reference.Find(name)!, row, truth);
                    for (var i = 0; i < 256; i++) total += columns[i] * Math.Pow(values[i] - truth[i], 2);
                }
            }
            return total;
        }
        GgufModel.Save(folder["f32.gguf"], content, GgufMix.ByName("F32"), pool);
        var (plain, known) = (Error(folder["plain.gguf"]), Error(folder["known.gguf"]));
        known.ShouldBeLessThan(0.9 * plain);
        new FileInfo(folder["known.gguf"]).Length.ShouldBeInRange(new FileInfo(folder["plain.gguf"]).Length, new FileInfo(folder["plain.gguf"]).Length + 1000);
        using var written = new GgufFile(folder["known.gguf"]);
        written.Metadata.Whole("quantize.imatrix.entries_count").ShouldBe(7);
    }

    [Fact]
    public void Matrices_that_it_does_not_know_are_said()
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var matrix = new ImportanceMatrix();
        matrix.Add("blk.0.attn_q.weight", Enumerable.Repeat(1f, 32).ToArray(), 1);
        using var weights = new NetworkWeights(TinyLlama.Network());
        var report = GgufModel.Save(folder["m.gguf"], new GgufContent(TinyLlama.Config(), weights, null, null), GgufMix.ByName("Q8_0"), pool, importance: matrix);
        report.Notes.ShouldContain(note => note.Contains("knows nothing of") && note.Contains("blk.0.attn_k.weight"));
    }

    private static byte[] Old(bool withText)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        void Text(string text)
        {
            writer.Write(text.Length);
            writer.Write(Encoding.UTF8.GetBytes(text));
        }
        writer.Write(1);
        Text("blk.0.attn_k.weight"); // 19 characters: its numbers begin at byte 27
        writer.Write(2);
        writer.Write(2);
        writer.Write(4f);
        writer.Write(1f);
        if (withText)
        {
            writer.Write(4);
            Text("t.txt");
        }
        return stream.ToArray();
    }
}
