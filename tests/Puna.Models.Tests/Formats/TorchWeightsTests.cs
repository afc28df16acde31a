using System.IO.Compression;
using System.Text;
using Puna.Tensors;
using Puna.Tests;

namespace Puna.Models.Tests;

public class TorchWeightsTests
{
    [SkippableFact]
    public void A_checkpoint_of_PyTorch_has_the_numbers_of_the_same_model_in_safetensors()
    {
        var folder = SharedData.Shared("data/models/tiny-random-llama");
        using var torch = new TorchWeights(Path.Combine(folder, "pytorch_model.bin"));
        using var safetensors = new HuggingFaceWeights(folder);
        var names = safetensors.Tensors.Keys.ToArray();
        names.Length.ShouldBeGreaterThan(10);
        foreach (var name in names) torch.Read(name, DType.Float32).ToArray<float>().ShouldBe(safetensors.Read(name, DType.Float32).ToArray<float>(), name);
        torch.Tensors.Keys.Except(names).ShouldAllBe(name => name.EndsWith("inv_freq"));
    }

    [SkippableFact]
    public void A_folder_with_only_pytorch_model_bin_is_loaded()
    {
        using var folder = new TemporaryFolder();
        var source = SharedData.Shared("data/models/tiny-random-llama");
        foreach (var file in (string[])["config.json", "pytorch_model.bin"]) File.Copy(Path.Combine(source, file), folder[file]);
        var (one, other) = (ModelFolder.Load(folder.Root, requireTokenizer: false).Network, ModelFolder.Load(source, requireTokenizer: false).Network);
        foreach (var (a, b) in one.Parameters.Zip(other.Parameters)) a.Tensor.ToArray<float>().ShouldBe(b.Tensor.ToArray<float>(), a.Name);
    }

    [SkippableFact]
    public void Metas_names_in_a_checkpoint_are_read()
    {
        using var torch = new TorchWeights(SharedData.Shared("data/models/torchtune/tiny_fair_checkpoint.pt"));
        torch.Tensors.Keys.ShouldContain("tok_embeddings.weight");
        foreach (var (name, stored) in torch.Tensors) torch.Read(name, DType.Float32).Count.ShouldBe(stored.Count);
    }

    [Fact]
    public void Code_is_named_and_never_run()
    {
        using var folder = new TemporaryFolder();
        Write(folder["bad.pth"], "\u0080\u0002cposix\nsystem\nX\u0004\0\0\0true\u0085R.");
        Should.Throw<InvalidDataException>(() => new TorchWeights(folder["bad.pth"])).Message.ShouldContain("posix.system");
    }

    [Theory]
    [InlineData("\u0080\u0002", "ends where")]
    [InlineData("\u0080\u0002N.", "no dictionary")]
    [InlineData("\u0080\u0002}.", "no tensor")]
    [InlineData("\u0080\u0002t.", "a mark that is not there")]
    [InlineData("\u0080\u0002h\u0005.", "has not made")]
    [InlineData("\u0080\u0002X\u00FF\u00FF\u00FF\u00FFa.", "claims 4294967295 bytes")]
    [InlineData("\u0080\u0009.", "later protocol")]
    public void Damaged_pickles_are_refused_by_a_sentence(string pickle, string part)
    {
        using var folder = new TemporaryFolder();
        Write(folder["bad.pth"], pickle);
        Should.Throw<InvalidDataException>(() => new TorchWeights(folder["bad.pth"])).Message.ShouldContain(part);
    }

    [Fact]
    public void A_list_that_is_copied_again_and_again_is_refused()
    {
        using var folder = new TemporaryFolder();
        var pairs = string.Concat(Enumerable.Repeat("K\u0001K\u0002\u0086", 100));
        var copies = string.Concat(Enumerable.Repeat("h\u0001h\0\u0085R0", 100));
        Write(folder["bad.pth"], $"\u0080\u0002]q\0({pairs}e0ccollections\nOrderedDict\nq\u00010{copies}}}.");
        Should.Throw<InvalidDataException>(() => new TorchWeights(folder["bad.pth"])).Message.ShouldContain("copies more items into dictionaries than its");
    }

    [Fact]
    public void An_empty_tensor_of_any_sizes_is_read()
    {
        using var folder = new TemporaryFolder();
        const string Large = "\u008A\u0006\0\0\0\0\0\u0001"; // 2^40
        Write(folder["empty.pth"], "\u0080\u0002}(" + Entry("a", 1, $"K\0{Large}{Large}\u0087", $"K\u0001{Large}K\u0001\u0087") + "u.", new byte[4]);
        using var torch = new TorchWeights(folder["empty.pth"]);
        torch.Read("a", DType.Float32).Count.ShouldBe(0);
    }

    [Fact]
    public void A_storage_serves_a_few_tensors_and_not_a_hundred()
    {
        using var folder = new TemporaryFolder();
        string Entries(int count) => string.Concat(Enumerable.Range(0, count).Select(i => Entry($"t{i}", 60_000, "M`\u00EA\u0085", "K\u0001\u0085")));
        Write(folder["few.pth"], "\u0080\u0002}(" + Entries(3) + "u.", new byte[4 * 60_000]);
        using (var torch = new TorchWeights(folder["few.pth"])) torch.Tensors.Count.ShouldBe(3);
        Write(folder["many.pth"], "\u0080\u0002}(" + Entries(20) + "u.", new byte[4 * 60_000]);
        Should.Throw<InvalidDataException>(() => new TorchWeights(folder["many.pth"])).Message.ShouldContain("share storages so that they have more than 4 times the file's");
    }

    [Fact]
    public void A_compressed_storage_is_refused()
    {
        using var folder = new TemporaryFolder();
        Write(folder["packed.pth"], "\u0080\u0002}(" + Entry("a", 100, "Kd\u0085", "K\u0001\u0085") + "u.", new byte[400], CompressionLevel.Fastest);
        Should.Throw<InvalidDataException>(() => new TorchWeights(folder["packed.pth"])).Message.ShouldContain("data/0 is compressed or encrypted");
    }

    [SkippableFact]
    public void Changed_checkpoints_are_refused_or_read_and_never_crash()
    {
        using var folder = new TemporaryFolder();
        var whole = File.ReadAllBytes(SharedData.Shared("data/models/torchtune/tiny_fair_checkpoint.pt"));
        using (var archive = ZipFile.OpenRead(SharedData.Shared("data/models/torchtune/tiny_fair_checkpoint.pt"))) archive.Entries[0].FullName.ShouldEndWith("data.pkl");
        var random = new CounterRandom(11);
        var refused = 0;
        for (var n = 0; n < 600; n++)
        {
            var bytes = (byte[])whole.Clone();
            for (var changes = 1 + random.Next(3); changes > 0; changes--)
            {
                // the pickle lies at the beginning, the directory at the end
                var at = random.Next(3) < 2 ? random.Next(3200) : bytes.Length - 1 - random.Next(2600);
                bytes[at] = (byte)random.Next(256);
            }
            File.WriteAllBytes(folder["changed.pt"], bytes);
            try
            {
                using var torch = new TorchWeights(folder["changed.pt"]);
                foreach (var (name, stored) in torch.Tensors)
                {
                    if (stored.Count < 1 << 20 && stored.Shape.Count is > 0 and < 5) torch.Read(name, DType.Float32);
                }
            }
            catch (InvalidDataException error)
            {
                error.Message.ShouldNotBeEmpty();
                refused++;
            }
        }
        refused.ShouldBeGreaterThan(200);
    }

    /// <summary>A name and a tensor over the storage 0, for a dictionary.</summary>
    private static string Entry(string name, int count, string shape, string strides)
    {
        var number = Encoding.Latin1.GetString(BitConverter.GetBytes(count));
        return $"X{(char)name.Length}\0\0\0{name}ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuJ{number}tQK\0{shape}{strides}\u0089NtR";
    }

    private static void Write(string path, string pickle, byte[]? storage = null, CompressionLevel level = CompressionLevel.NoCompression)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        using (var stream = archive.CreateEntry("bad/data.pkl", CompressionLevel.NoCompression).Open()) stream.Write(Encoding.Latin1.GetBytes(pickle));
        if (storage is null) return;
        using var data = archive.CreateEntry("bad/data/0", level).Open();
        data.Write(storage);
    }
}
