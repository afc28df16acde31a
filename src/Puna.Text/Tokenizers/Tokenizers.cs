namespace Puna.Text;

/// <summary>Opens tokenizers of every kind, and finds out which one a file is: by what it holds, not by its name.</summary>
public static class Tokenizers
{
    /// <summary>The name of a SentencePiece or rank file in a model folder.</summary>
    public const string FileName = "tokenizer.model";

    private const string Supported = "this build reads tokenizer.model (SentencePiece or tiktoken ranks), tokenizer.json, vocab.json with merges.txt, and llama2.c's tokenizer.bin";

    /// <summary>Loads the tokenizer of a model folder, or a file: SentencePiece (BPE, unigram or characters), tiktoken ranks, tokenizer.json, GPT-2's vocab.json (with
    /// merges.txt beside it) or llama2.c's tokenizer.bin. In a folder they are looked for in this order.</summary>
    /// <param name="path">A folder, or the file itself.</param>
    /// <exception cref="FileNotFoundException">There is nothing at this path.</exception>
    /// <exception cref="InvalidDataException">There is no tokenizer of a kind that is read, or the file is damaged.</exception>
    public static Tokenizer Load(string path)
    {
        if (Directory.Exists(path)) return LoadFile(Find(path) ?? throw new InvalidDataException($"{path}: the folder holds no tokenizer; {Supported}."), path);
        if (!File.Exists(path)) throw new FileNotFoundException($"Tokenizer '{path}' does not exist; give a model folder or a tokenizer file.", path);
        return LoadFile(path, null);
    }

    /// <summary>The tokenizer file of a model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Its path, null where the folder holds none.</returns>
    public static string? Find(string folder)
    {
        foreach (var name in (string[])[FileName, TokenizerJson.FileName, Gpt2Files.VocabularyName, "tokenizer.bin", "tok.bin"])
        {
            var path = Path.Combine(folder, name);
            if (File.Exists(path) && (name != Gpt2Files.VocabularyName || File.Exists(Path.Combine(folder, Gpt2Files.MergesName)))) return path;
        }
        return null;
    }

    /// <summary>The tokenizer that a SentencePiece model describes.</summary>
    /// <param name="model">The model; it must not change afterwards.</param>
    /// <param name="name">What errors call it, for example the file.</param>
    /// <exception cref="InvalidDataException">The model's type is not supported, or its pieces contradict each other.</exception>
    public static Tokenizer Create(SentencePieceModel model, string name = "tokenizer model") => model.Trainer.ModelType switch
    {
        SentencePieceModelType.Bpe => new SentencePieceBpe(model, name),
        SentencePieceModelType.Character => new SentencePieceCharacters(model, name),
        SentencePieceModelType.Unigram => new SentencePieceUnigram(model, name),
        var type => throw new InvalidDataException($"{name}: model type {(int)type} is not supported; this build reads SentencePiece models of the types unigram (1), BPE (2) and characters (4)."),
    };

    /// <summary>The tokenizer that a GGUF file embeds.</summary>
    /// <param name="vocabulary">Its lists.</param>
    /// <param name="name">What errors call it, for example the file.</param>
    /// <exception cref="InvalidDataException">The kind or the rule that cuts text is not known, or the lists contradict each other.</exception>
    public static Tokenizer Create(EmbeddedVocabulary vocabulary, string name = "GGUF vocabulary") => vocabulary.CreateTokenizer(name);

    private static Tokenizer LoadFile(string path, string? folder)
    {
        Span<byte> start = stackalloc byte[512];
        using (var file = File.OpenRead(path)) start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (start.StartsWith("GGUF"u8)) throw new InvalidDataException($"{path}: the file is a GGUF model, not a tokenizer file alone; {Supported}.");
        if (start.TrimStart("\uFEFF \t\r\n"u8) is [(byte)'{', ..]) return LoadJson(path);
        if (RankFile.IsOne(start)) return RankFile.Load(path);
        if (TokBin.IsOne(start)) return new SentencePieceBpe(TokBin.Load(path), path);
        var model = SentencePieceModel.Load(path);
        if (folder is not null)
        {
            AddedPieces.Append(model, folder);
            model.AddsBos = SpecialNames.FromFolder(folder).AddsBos;
        }
        return Create(model, path);
    }

    // vocab.json is nothing without its merges, so the pair is known by its names.
    private static BpeTokenizer LoadJson(string path)
    {
        var merges = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, Gpt2Files.MergesName);
        return Path.GetFileName(path) == Gpt2Files.VocabularyName && File.Exists(merges) ? Gpt2Files.Load(path, merges) : TokenizerJson.Load(path);
    }
}
