using System.Text;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Fuzz;

/// <summary>Sound files of a few kilobytes, made by the program's own writers.</summary>
internal static class SmallModels
{
    private const string Text = "the cat sat on the mat and the rat sat on the cat that ate the hat";

    /// <summary>What tokenizers are tried with: words, digits, signs, other scripts, a character beyond U+FFFF, symbols, line ends.</summary>
    public const string Probe = "Hello the cat, 12 <s> [INST] qeqi \u8A9E \U0001F999\n  é</s><|eot_id|>";

    /// <summary>Character pieces.</summary>
    public static Tokenizer Characters() => CharacterTokenizerTrainer.Train(Text, new CharacterTrainerOptions { UserDefinedSymbols = ["<sep>"], ControlSymbols = ["<|eot_id|>"] });

    /// <summary>SentencePiece's byte pair encoding.</summary>
    public static SentencePieceBpe Pieces(bool byteFallback, string normalization = "identity") => SentencePieceBpeTrainer.Train([Text, Text + "!"], new BpeTrainerOptions
    {
        VocabularySize = byteFallback ? 290 : 34,
        ByteFallback = byteFallback,
        Normalization = normalization,
        RemoveExtraWhitespaces = false,
        CharacterCoverage = 1,
    });

    /// <summary>Byte-level pieces.</summary>
    public static ByteLevelBpe Bytes() => ByteLevelBpeTrainer.Train([Text], new ByteLevelTrainerOptions { VocabularySize = 272 });

    /// <summary>A Llama of one block.</summary>
    public static Transformer Llama(int vocabulary, bool tied = false, RopeScaling? scaling = null)
    {
        var network = new Transformer(LlamaConfig.Create(32, 32, 1, 2, 1, vocabulary, 16) with { TieWordEmbeddings = tied, RopeScaling = scaling, BosTokenId = 1, EosTokenIds = [2] });
        network.Initialize(1);
        return network;
    }

    /// <summary>A GPT-2 of one block.</summary>
    public static Gpt2Transformer Gpt2(int vocabulary)
    {
        var network = new Gpt2Transformer(new Gpt2Config { HiddenSize = 16, IntermediateSize = 16, LayerCount = 1, HeadCount = 2, VocabularySize = vocabulary, ContextLength = 8 }.Validate());
        network.Initialize(1);
        return network;
    }

    /// <summary>What a writer puts into a folder, by name.</summary>
    public static Dictionary<string, byte[]> Written(Action<string> write)
    {
        using var folder = FuzzFolder.Create();
        write(folder.Path);
        return Directory.EnumerateFiles(folder.Path).ToDictionary(file => Path.GetFileName(file)!, File.ReadAllBytes);
    }

    /// <summary>Goes as deep into a loaded model as a command does before it computes: its tokenizer and its chat template are used.</summary>
    public static void Use(LanguageModel model)
    {
        if (model.Tokenizer is not { } tokenizer) return;
        Use(tokenizer);
        if (model.ChatTemplateProblem is null && model.ChatTemplate is { } template) template.Render(tokenizer, [new ChatTurn("user", "Hi"), new ChatTurn("assistant", "Ho"), new ChatTurn("user", "?")], true);
    }

    /// <summary>Encodes and decodes, with symbols and without.</summary>
    public static void Use(Tokenizer tokenizer)
    {
        foreach (var parses in (bool[])[false, true]) tokenizer.Decode(tokenizer.Encode(Probe, new EncodeOptions(AddBos: true, AddEos: true, ParseSpecial: parses)));
        tokenizer.Decode([.. Enumerable.Range(0, Math.Min(tokenizer.VocabularySize, 600))]);
        tokenizer.TryGetId("the", out _);
        _ = (tokenizer.BosId, tokenizer.EosId, tokenizer.AddsBos, tokenizer.IdToPiece(0), tokenizer.IsControl(0));
    }

    /// <summary>Reads every tensor of a file, in a type that it can have.</summary>
    public static void Read(StoredWeights weights)
    {
        foreach (var (name, tensor) in weights.Tensors)
        {
            if (tensor.Shape.Count > 4 || !IsNumeric(tensor.Type)) continue;
            weights.Read(name, tensor.Type[0] is 'I' or 'U' or 'B' && tensor.Type is not "BF16" && !tensor.Type.StartsWith("I8 in", StringComparison.Ordinal) ? DType.Int64 : DType.Float32).Release();
        }
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static bool IsNumeric(string type) => type is not ("U64" or "I64" or "U32");
}
