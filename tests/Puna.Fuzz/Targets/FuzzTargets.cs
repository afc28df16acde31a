namespace Puna.Fuzz;

/// <summary>All kinds of files. To add one: a class beside this one, and a line here.</summary>
internal static class FuzzTargets
{
    /// <summary>A reader that does what none may.</summary>
    public const string SelfTest = "self-test";

    private static readonly Dictionary<string, Lazy<IFuzzTarget>> All = new()
    {
        ["safetensors"] = new(() => new SafetensorsTarget()),
        ["gguf"] = new(() => new GgufTarget()),
        ["imatrix"] = new(() => new ImatrixTarget()),
        ["base-logits"] = new(() => new BaseLogitsTarget()),
        ["llama2c"] = new(() => new Llama2cTarget()),
        ["pickle"] = new(() => new PickleTarget()),
        ["config"] = new(() => new ConfigTarget()),
        ["protobuf"] = new(() => new ProtobufTarget()),
        ["tokenizer.json"] = new(() => new TokenizerJsonTarget()),
        ["ranks"] = new(() => new RanksTarget()),
        ["tok.bin"] = new(() => new TokBinTarget()),
        ["jinja"] = new(() => new JinjaTarget()),
        ["yaml"] = new(() => new YamlTarget()),
        ["parquet"] = new(() => new ParquetTarget()),
        ["documents"] = new(() => new DocumentsTarget()),
        ["sequence"] = new(() => new SequenceTarget()),
        ["grammar"] = new(() => new GrammarTarget()),
        [SelfTest] = new(() => new SelfTestTarget()),
    };

    /// <summary>Their names, without the self-test's.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Keys.Where(name => name != SelfTest)];

    /// <summary>The target of a name; it is made when it is first asked for.</summary>
    public static IFuzzTarget ByName(string name) => All[name].Value;
}
