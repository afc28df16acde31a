namespace Puna.Models;

/// <summary>A Llama's configuration to GGUF metadata and back. Keys: ggml-org/ggml, docs/gguf.md; what the rotary divisors stand for: llama.cpp, convert_hf_to_gguf.py.</summary>
internal static class GgufConfig
{
    private const string Bos = "tokenizer.ggml.bos_token_id";
    private static readonly string[] Ends = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"];

    /// <summary>How many ids that end a text the keys hold.</summary>
    public static int MostEnds => Ends.Length;

    /// <summary>Reads and checks a configuration.</summary>
    /// <exception cref="InvalidDataException">No Llama, or a key is missing, wrong, or asks for what this build cannot run.</exception>
    public static LlamaConfig Read(GgufFile file)
    {
        var architecture = file.Metadata.Text("general.architecture") ?? throw Bad(file, "has no general.architecture; it is no model");
        if (architecture != "llama") throw Bad(file, $"has general.architecture {architecture}; this build runs llama only");
        if (file.Metadata.Whole("llama.expert_count") is > 0 and var experts) throw Bad(file, $"is a mixture of {experts} experts (llama.expert_count); this build runs Llamas without experts only");
        var (hidden, heads) = (Size(file, "embedding_length"), Size(file, "attention.head_count"));
        if (file.Metadata.Find("llama.attention.key_length") is null && hidden % heads != 0) throw Bad(file, $"has llama.attention.head_count {heads}, which does not divide llama.embedding_length {hidden}, and no llama.attention.key_length");
        var head = Size(file, "attention.key_length", hidden / heads);
        foreach (var key in (string[])["attention.value_length", "rope.dimension_count"])
        {
            if (Size(file, key, head) is var other && other != head) throw Bad(file, $"has llama.{key} {other} with heads of {head}; this build runs Llamas that turn whole heads of one size only");
        }
        var config = new LlamaConfig
        {
            HiddenSize = hidden,
            IntermediateSize = Size(file, "feed_forward_length"),
            LayerCount = Size(file, "block_count"),
            HeadCount = heads,
            KeyValueHeadCount = Size(file, "attention.head_count_kv", heads),
            HeadSize = head,
            VocabularySize = file.Metadata.Find("llama.vocab_size") is not null ? Size(file, "vocab_size") : VocabularyOf(file),
            ContextLength = Size(file, "context_length"),
            RmsNormEpsilon = file.Metadata.Number("llama.attention.layer_norm_rms_epsilon") ?? throw Bad(file, "has no llama.attention.layer_norm_rms_epsilon"),
            RopeTheta = file.Metadata.Number("llama.rope.freq_base") ?? 10_000,
            TieWordEmbeddings = file.Find(GgufNames.Output) is null,
            BosTokenId = file.Metadata.Flag("tokenizer.ggml.add_bos_token") == false ? null : Id(file, Bos), // a vocabulary may have the symbol and its model never have seen it
            EosTokenIds = [.. Ends.Select(key => Id(file, key)).OfType<int>().Distinct()],
        };
        if (config.EosTokenIds.Append(config.BosTokenId ?? 0).Max() is var id && id >= config.VocabularySize) throw Bad(file, $"has {id} for the id of a symbol, but embeddings for {config.VocabularySize} only");
        try
        {
            config.Validate();
        }
        catch (InvalidDataException wrong)
        {
            throw Bad(file, $"describes no Llama that can be: {wrong.Message}");
        }
        return config with { RopeScaling = Scaling(file, config) };
    }

    /// <summary>The keys of a configuration; ids of symbols are the vocabulary's.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="endOfTurn">The vocabulary's id for the end of a turn, if it has one; it gets the key for that where it is among those that end a text.</param>
    /// <param name="endOfMessage">The same for the end of a message within a turn.</param>
    public static IEnumerable<KeyValuePair<string, object>> Write(LlamaConfig config, int? endOfTurn = null, int? endOfMessage = null)
    {
        yield return new("llama.vocab_size", (uint)config.VocabularySize);
        yield return new("llama.context_length", (uint)config.ContextLength);
        yield return new("llama.embedding_length", (uint)config.HiddenSize);
        yield return new("llama.block_count", (uint)config.LayerCount);
        yield return new("llama.feed_forward_length", (uint)config.IntermediateSize);
        yield return new("llama.attention.head_count", (uint)config.HeadCount);
        yield return new("llama.attention.head_count_kv", (uint)config.KeyValueHeadCount);
        yield return new("llama.attention.key_length", (uint)config.HeadSize);
        yield return new("llama.attention.value_length", (uint)config.HeadSize);
        yield return new("llama.attention.layer_norm_rms_epsilon", (float)config.RmsNormEpsilon);
        yield return new("llama.rope.dimension_count", (uint)config.HeadSize);
        yield return new("llama.rope.freq_base", (float)config.RopeTheta);
        if (config.RopeScaling is LinearRopeScaling linear)
        {
            yield return new("llama.rope.scaling.type", "linear");
            yield return new("llama.rope.scaling.factor", (float)linear.Factor);
        }
        if (config.RopeScaling is YarnRopeScaling yarn)
        {
            yield return new("llama.rope.scaling.type", "yarn");
            yield return new("llama.rope.scaling.factor", (float)yarn.Factor);
            yield return new("llama.rope.scaling.original_context_length", (uint)yarn.OriginalContextLength);
            // readers compute 0.1·ln s + 1 themselves and multiply by what stands here
            if (yarn.AttentionFactor is { } attention) yield return new("llama.rope.scaling.attn_factor", (float)(attention / (yarn with { AttentionFactor = null }).Magnitude));
            if (yarn.BetaFast != 32) yield return new("llama.rope.scaling.yarn_beta_fast", (float)yarn.BetaFast);
            if (yarn.BetaSlow != 1) yield return new("llama.rope.scaling.yarn_beta_slow", (float)yarn.BetaSlow);
        }
        if (config.RopeScaling is DynamicNtkRopeScaling) throw new InvalidDataException("the rope scaling is dynamic, which GGUF files cannot say; convert to hf");
        // no factor here: readers would divide every frequency by it
        if (config.RopeScaling is Llama3RopeScaling llama3) yield return new("llama.rope.scaling.original_context_length", (uint)llama3.OriginalContextLength);
        if (config.BosTokenId is { } bos) yield return new(Bos, (uint)bos);
        int?[] ends = [config.EosTokenIds.Count > 0 ? config.EosTokenIds[0] : null, null, null];
        int[] more = [.. config.EosTokenIds.Skip(1)];
        if (endOfTurn is { } turn && more.Contains(turn)) ends[1] = turn;
        if (endOfMessage is { } message && more.Contains(message)) ends[2] = message;
        foreach (var id in more.Where(id => !ends.Contains(id)))
        {
            if (Array.IndexOf(ends, null) is var free and >= 0) ends[free] = id;
        }
        foreach (var (key, id) in Ends.Zip(ends))
        {
            if (id is { } given) yield return new(key, (uint)given);
        }
    }

    /// <summary>The divisor of each pair's frequency, [D/2]; null where there are none.</summary>
    public static float[]? RopeFactors(LlamaConfig config) => config.RopeScaling switch
    {
        FactorRopeScaling own => [.. own.Factors],
        Llama3RopeScaling or NtkRopeScaling => [.. Plain(config).Zip(RopeTable.Frequencies(config), (plain, scaled) => (float)(plain / scaled))],
        _ => null,
    };

    private static double[] Plain(LlamaConfig config) => RopeTable.Frequencies(config with { RopeScaling = null });

    private static RopeScaling? Scaling(GgufFile file, LlamaConfig config)
    {
        if (file.Find(GgufNames.RopeFactors) is { } tensor) return Factors(file, config, tensor);
        var type = file.Metadata.Text("llama.rope.scaling.type") ?? "linear"; // as llama.cpp takes a factor without a type
        var factor = file.Metadata.Number("llama.rope.scaling.factor") ?? file.Metadata.Number("llama.rope.scale_linear") ?? 1;
        if (type is not ("none" or "linear" or "yarn")) throw Bad(file, $"has llama.rope.scaling.type {type}; this build knows none, linear, yarn and the divisors of {GgufNames.RopeFactors}");
        if (factor < 0) throw Bad(file, $"has llama.rope.scaling.factor {factor}; a positive number was expected");
        if (type == "none") return null; // whatever factor stands beside it
        if (type == "yarn" && factor is not (0 or 1)) return Yarn(file, config, factor);
        return factor is 0 or 1 ? null : new LinearRopeScaling(factor);
    }

    private static YarnRopeScaling Yarn(GgufFile file, LlamaConfig config, double factor)
    {
        var yarn = new YarnRopeScaling(factor, Size(file, "rope.scaling.original_context_length", config.ContextLength))
        {
            BetaFast = file.Metadata.Number("llama.rope.scaling.yarn_beta_fast") ?? 32,
            BetaSlow = file.Metadata.Number("llama.rope.scaling.yarn_beta_slow") ?? 1,
        };
        return file.Metadata.Number("llama.rope.scaling.attn_factor") is { } attention and not 1 ? yarn with { AttentionFactor = attention * yarn.Magnitude } : yarn;
    }

    /// <summary>Llama 3.1's formula where it gives these divisors, so that the model can also be kept as config.json; else the divisors themselves.</summary>
    private static RopeScaling Factors(GgufFile file, LlamaConfig config, GgufTensor tensor)
    {
        if (tensor.Shape.Count != 1 || tensor.Count != config.HeadSize / 2) throw Bad(file, $"has tensor '{tensor.Name}' of shape [{string.Join(", ", tensor.Shape)}], [{config.HeadSize / 2}] was expected");
        var factors = new float[tensor.Count];
        file.ReadRow(tensor, 0, factors);
        if (factors.Any(factor => !(factor > 0) || !float.IsFinite(factor))) throw Bad(file, $"has a divisor in tensor '{tensor.Name}' that is not positive");
        var original = (int)Math.Clamp(file.Metadata.Whole("llama.rope.scaling.original_context_length") ?? 8192, 1, int.MaxValue);
        var known = new Llama3RopeScaling(factors.Max(), 1, 4, original);
        var expected = RopeFactors(config with { RopeScaling = known })!;
        var isKnown = factors.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-5f * pair.Second);
        return isKnown ? known : new FactorRopeScaling(factors);
    }

    private static int VocabularyOf(GgufFile file) => file.Find(GgufNames.Embeddings) is { Shape: [<= int.MaxValue and var rows, _] } ? (int)rows : throw Bad(file, $"has no tensor '{GgufNames.Embeddings}' of two dimensions");

    private static int? Id(GgufFile file, string key) => file.Metadata.Whole(key) is { } id and >= 0 and < uint.MaxValue ? checked((int)Math.Min(id, int.MaxValue)) : null;

    private static int Size(GgufFile file, string key, int? otherwise = null)
    {
        var size = file.Metadata.Whole($"llama.{key}") ?? otherwise ?? throw Bad(file, $"has no llama.{key}");
        return size is >= 1 and <= int.MaxValue ? (int)size : throw Bad(file, $"has llama.{key} {size}; a number from 1 to {int.MaxValue} was expected");
    }

    private static InvalidDataException Bad(GgufFile file, string what) => new($"gguf: {file.Path} {what}");
}
