using System.Buffers.Binary;
using System.Text;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>Weights of Hugging Face folders: JSON with types, shapes and offsets before the data.</summary>
internal sealed class SafetensorsTarget : IFuzzTarget
{
    private const string ConfigName = "config.json";
    private static readonly string[] Heads =
    [
        """{"dtype":"F32","shape":[0],"data_offsets":[0,0]}""", """{"dtype":"I64","shape":[],"data_offsets":[0,8]}""", """{"dtype":"BF16","shape":[1,4611686018427387904,0],"data_offsets":[0,0]}""",
        """[0, 9223372036854775807]""", """{"dtype":"F8_E4M3","shape":[1,1,1,1,1,1],"data_offsets":[0,1]}""",
    ];

    private readonly byte[][] _seeds;
    private readonly byte[] _config;

    public SafetensorsTarget()
    {
        var llama = SmallModels.Llama(30);
        var files = SmallModels.Written(folder => ModelFolder.Save(folder, new LanguageModel(llama, null, null)));
        _config = files[ConfigName];
        var mixed = SmallModels.Written(folder => SafetensorsWriter.Write(Path.Combine(folder, "mixed.safetensors"),
            [("a", new Tensor(DType.BFloat16, new Shape(4, 8))), ("b", new Tensor(DType.Float16, new Shape(3))), ("c", new Tensor(DType.Float64, new Shape(2, 2, 2))), ("d", new Tensor(DType.Int32, new Shape(1, 1, 1, 5)))],
            new Dictionary<string, string> { ["note"] = "x" }));
        _seeds = [files[HuggingFaceWeights.SingleFile], mixed["mixed.safetensors"]];
    }

    public string Name => "safetensors";

    public int Multiple => 16;

    public long Constant => 256 << 10;

    public byte[] Make(CounterRandom random)
    {
        var sound = random.Of(_seeds);
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(sound);
        if (random.Next(8) == 0) return BinaryMutator.Mutate(random, sound, [.. Enumerable.Range(8 + header, (sound.Length - header - 8) / 4).Select(at => new Field(at, 4))], sound);
        if (random.Next(8) == 0) return BinaryMutator.Mutate(random, sound, [new(0, 8), .. Enumerable.Range(8, header).Select(at => new Field(at, 1))], random.Of(_seeds));
        var changed = JsonMutator.Mutate(random, Encoding.UTF8.GetString(sound, 8, header), Heads);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, changed.Length);
        byte[] whole = [.. length, .. changed, .. sound.AsSpan(8 + header)];
        return random.Next(16) == 0 ? BinaryMutator.Structure(random, whole, sound) : whole;
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        var others = folder.Keep("safetensors/" + ConfigName, _config);
        var path = folder.Write("safetensors/" + HuggingFaceWeights.SingleFile, bytes);
        using (var file = new SafetensorsFile(path)) SmallModels.Read(file);
        ModelPath.Load(folder["safetensors"], requireTokenizer: false);
        return others;
    }

    /// <summary>The header's length fits, and it is a JSON object: its entries are looked at.</summary>
    public bool IsPastHeader(byte[] bytes, string? refusal) =>
        bytes.Length > 8 && BinaryPrimitives.ReadInt64LittleEndian(bytes) is >= 2 and var length && length <= bytes.Length - 8 && ConfigTarget.IsObject(bytes.AsMemory(8, (int)length));
}
