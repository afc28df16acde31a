using Puna.Models;
using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>PyTorch's checkpoints: a pickle in a zip archive, under Hugging Face's names and under Meta's.</summary>
internal sealed class PickleTarget : IFuzzTarget
{
    private static readonly string[] BeforePickle = ["is no zip archive", "the archive is damaged", "has no data.pkl", "data.pkl claims", "data.pkl is compressed", "data.pkl cannot"];

    /// <summary>Instructions that a checkpoint seldom has or never.</summary>
    private static readonly byte[][] Stretches =
    [
        [(byte)'}', (byte)']', (byte)')', (byte)'N', 0x88, 0x89], [.. "cposix\nsystem\n"u8], [(byte)'h', 0, (byte)'h', 0, 0x85, (byte)'R'], [(byte)']', 0x94, (byte)'h', 0, (byte)'a'], [0x8A, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [0x8A, 8, 255, 255, 255, 255, 255, 255, 255, 127], [(byte)'G', 0x7F, 0xF8, 0, 0, 0, 0, 0, 0], [0x95, 255, 255, 255, 255, 255, 255, 255, 255], [0x8D, 255, 255, 255, 255, 255, 255, 255, 255], [(byte)'(', (byte)'(', (byte)'(', (byte)'t'],
        [(byte)'0'], [(byte)'b'], [0x93], [(byte)'Q'], [(byte)'R'],
    ];

    private readonly (byte[] Pickle, List<Field> Fields, byte[][] Storages, byte[] Whole, bool IsMeta)[] _seeds;
    private readonly byte[] _config, _params;

    public PickleTarget()
    {
        var network = SmallModels.Llama(20);
        var files = SmallModels.Written(folder => ModelFolder.Save(folder, new LanguageModel(network, null, null)));
        using var weights = new NetworkWeights(network);
        var meta = SmallModels.Written(folder => MetaWriter.Write(folder, network.Config, weights, [.. weights.Tensors.Values.Select(tensor => (tensor, DType.Float32))]));
        (_config, _params) = (files["config.json"], meta["params.json"]);
        _seeds = [Seed(files["model.safetensors"], null, false), Seed(files["model.safetensors"], "state_dict", false), Seed(meta["consolidated.00.safetensors"], "model", true)];
    }

    public string Name => "pickle";

    public int Multiple => 64;

    public long Constant => 1 << 20;

    public byte[] Make(CounterRandom random)
    {
        var (pickle, fields, storages, whole, _) = random.Of(_seeds);
        if (random.Next(6) == 0) return BinaryMutator.Mutate(random, whole, ByteMaps.OfZip(whole), random.Of(_seeds).Whole);
        var changed = random.Next(4) > 0 ? BinaryMutator.Mutate(random, pickle, fields, random.Of(_seeds).Pickle) : Inserted(random, pickle, fields);
        var compressed = random.Next(20) == 0 ? random.Next(storages.Length + 1) - 1 : -2;
        return PickleBuilder.Zip(changed, storages, index => index == compressed);
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        var isMeta = bytes.AsSpan().IndexOf("tok_embeddings"u8) >= 0;
        var others = isMeta ? folder.Keep("meta/params.json", _params) : folder.Keep("torch/config.json", _config);
        var path = folder.Write(isMeta ? "meta/consolidated.00.pth" : "torch/pytorch_model.bin", bytes);
        using (var weights = new TorchWeights(path)) SmallModels.Read(weights);
        ModelPath.Load(Path.GetDirectoryName(path)!, requireTokenizer: false);
        return others;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => refusal is null || !BeforePickle.Any(refusal.Contains);

    /// <summary>Instructions put between others, sometimes many times.</summary>
    private static byte[] Inserted(CounterRandom random, byte[] pickle, List<Field> fields)
    {
        var at = random.Of(fields).At;
        var stretch = random.Of(Stretches);
        var times = random.Next(3) == 0 ? 1 + random.Next(2000) : 1 + random.Next(3);
        return [.. pickle[..at], .. Enumerable.Repeat(stretch, times).SelectMany(one => one), .. pickle[at..]];
    }

    private static (byte[] Pickle, List<Field> Fields, byte[][] Storages, byte[] Whole, bool IsMeta) Seed(byte[] safetensors, string? wrapper, bool isMeta)
    {
        (string, long[])[] tensors = [];
        byte[][] storages = [];
        using var folder = FuzzFolder.Create();
        using (var file = new SafetensorsFile(folder.Write("sound.safetensors", safetensors)))
        {
            tensors = [.. file.Entries.Values.Select(entry => (entry.Name, (long[])[.. entry.Shape]))];
            storages = [.. file.Entries.Keys.Select(name => file.Bytes(name).ToArray())];
        }
        var (pickle, fields) = PickleBuilder.Of(tensors, wrapper);
        return (pickle, fields, storages, PickleBuilder.Zip(pickle, storages, _ => false), isMeta);
    }
}
