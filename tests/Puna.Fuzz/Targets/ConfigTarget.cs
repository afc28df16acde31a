using System.Text;
using System.Text.Json;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Fuzz;

/// <summary>
/// The JSON files of a model folder, beside sound weights: config.json, generation_config.json, tokenizer_config.json, added_tokens.json, params.json, the
/// index of shards, adapter_config.json, and GPT-2's vocab.json.
/// </summary>
internal sealed class ConfigTarget : IFuzzTarget
{
    private const string Adapter = "adapter", Words = "words";
    private static readonly string[] Parts =
    [
        """{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":8192}""", """{"type":"dynamic","factor":2,"original_max_position_embeddings":-1}""",
        """{"rope_type":"yarn","factor":4,"original_max_position_embeddings":0}""", """{"type":"linear","factor":1e308}""", """[1,2,3]""", """[{"name":"default","template":"{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}"}]""",
        """{"content":"<s>"}""", "\"{{ messages }}\"", "\"{% if\"", "1e308", "\"llama\"", "\"gpt2\"", "2147483647", "\"model.safetensors\"", "\"../model.safetensors\"",
    ];

    /// <summary>File that is damaged, its folder, its sound content.</summary>
    private readonly (string Folder, string Name, string Content)[] _seeds;
    private readonly Dictionary<string, Dictionary<string, byte[]>> _folders = [];

    public ConfigTarget()
    {
        var characters = SmallModels.Characters();
        var network = SmallModels.Llama(characters.VocabularySize + 2, scaling: new Llama3RopeScaling(8, 1, 4, 16));
        var llama = _folders["llama"] = SmallModels.Written(folder => ModelFolder.Save(folder, new LanguageModel(network, characters, ChatTemplates.Llama2)));
        var gpt2 = _folders["gpt2"] = SmallModels.Written(folder => ModelFolder.Save(folder, new LanguageModel(SmallModels.Gpt2(20), null, null)));
        using var weights = new NetworkWeights(network);
        var meta = _folders["meta"] = SmallModels.Written(folder => MetaWriter.Write(folder, network.Config, weights, [.. weights.Tensors.Values.Select(tensor => (tensor, DType.Float32))]));
        _folders["shards"] = SmallModels.Written(folder => HuggingFaceWriter.Write(folder, weights, [.. weights.Tensors.Values.Select(tensor => (tensor, DType.Float32))], shardBytes: 4096));
        _folders["shards"]["config.json"] = llama["config.json"];
        llama["generation_config.json"] = SmallModels.Utf8("""{"bos_token_id":1,"eos_token_id":[2,3],"do_sample":true,"temperature":0.6,"top_p":0.9,"top_k":50,"repetition_penalty":1.1}""");
        llama["added_tokens.json"] = SmallModels.Utf8($$"""{"<|im_end|>":{{characters.VocabularySize}}}""");
        var adapter = new LoraConfig { Rank = 2, Alpha = 4, TargetModules = ["q_proj"], RankPattern = new Dictionary<string, int> { ["k_proj"] = 3 }, AlphaPattern = new Dictionary<string, double> { ["q_proj"] = 1 } };
        _folders[Adapter] = SmallModels.Written(new LoraAdapter(adapter, [new LoraModule("model.layers.0.self_attn.q_proj", new Tensor(DType.Float32, new Shape(2, 8)), new Tensor(DType.Float32, new Shape(8, 2)))]).Save);
        using var tokenizer = JsonDocument.Parse(TokenizerJsonWriter.ToBytes(SmallModels.Bytes()));
        var model = tokenizer.RootElement.GetProperty("model");
        _folders[Words] = new()
        {
            ["vocab.json"] = SmallModels.Utf8(model.GetProperty("vocab").GetRawText()),
            ["merges.txt"] = SmallModels.Utf8("#version: 0.2\n" + string.Concat(model.GetProperty("merges").EnumerateArray().Select(merge => (merge.ValueKind == JsonValueKind.String ? merge.GetString() : $"{merge[0]} {merge[1]}") + "\n"))),
        };
        _seeds =
        [
            Of("llama", "config.json"), Of("llama", "config.json"), Of("gpt2", "config.json"), Of("llama", "generation_config.json"), Of("llama", "tokenizer_config.json"), Of("meta", "params.json"),
            Of("shards", HuggingFaceWeights.IndexFile), Of("llama", "added_tokens.json"), Of(Adapter, LoraConfig.FileName), Of(Words, "vocab.json"),
        ];

        (string, string, string) Of(string folder, string name) => (folder, name, Encoding.UTF8.GetString(_folders[folder][name]));
    }

    public string Name => "config";

    public int Multiple => 16;

    public long Constant => 2 << 20;

    // the first byte says which file it is
    public byte[] Make(CounterRandom random)
    {
        var index = random.Next(_seeds.Length);
        return [(byte)index, .. JsonMutator.Mutate(random, _seeds[index].Content, Parts)];
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        var (kind, name, content) = _seeds[bytes[0]];
        var others = 0L;
        foreach (var (file, sound) in _folders[kind])
            if (file != name) others += folder.Keep($"config-{kind}/{file}", sound);
        folder.Write($"config-{kind}/{name}", bytes.AsSpan(1));
        try
        {
            if (kind == Adapter) LoraAdapter.Load(folder[$"config-{kind}"]);
            else if (kind == Words) SmallModels.Use(Tokenizers.Load(folder[$"config-{kind}"]));
            else SmallModels.Use(ModelPath.Load(folder[$"config-{kind}"], requireTokenizer: kind == "llama"));
            return others;
        }
        finally
        {
            folder.Write($"config-{kind}/{name}", SmallModels.Utf8(content));
        }
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => IsObject(bytes.AsMemory(1));

    /// <summary>Whether bytes are a JSON object.</summary>
    public static bool IsObject(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 48 });
            return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
