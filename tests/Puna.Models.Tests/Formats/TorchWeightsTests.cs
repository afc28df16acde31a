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

    private static void Write(string path, string pickle)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        using var stream = archive.CreateEntry("bad/data.pkl", CompressionLevel.NoCompression).Open();
        stream.Write(Encoding.Latin1.GetBytes(pickle));
    }
}
