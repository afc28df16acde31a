using System.Buffers;

namespace Puna.Text;

/// <summary>Opens tokenizers.</summary>
public static class Tokenizers
{
    private static readonly SearchValues<byte> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    /// <summary>The name of the file in a model folder.</summary>
    public const string FileName = "tokenizer.model";

    /// <summary>Loads the tokenizer of a model folder, or a <c>.model</c> file. Read: SentencePiece files of the types BPE, unigram and characters.</summary>
    /// <param name="path">A folder that holds <c>tokenizer.model</c>, or the file itself.</param>
    /// <exception cref="FileNotFoundException">There is nothing at this path.</exception>
    /// <exception cref="InvalidDataException">There is no tokenizer of a kind that is read, or the file is damaged.</exception>
    public static Tokenizer Load(string path)
    {
        const string Supported = "this build reads SentencePiece files (tokenizer.model) of the types BPE, unigram and characters";
        if (Directory.Exists(path))
        {
            var file = Path.Combine(path, FileName);
            if (File.Exists(file)) return Load(file);
            var found = File.Exists(Path.Combine(path, "tokenizer.json")) ? "only a tokenizer.json" : "no tokenizer";
            throw new InvalidDataException($"{path}: the folder holds {found}; {Supported}.");
        }
        if (!File.Exists(path)) throw new FileNotFoundException($"Tokenizer '{path}' does not exist; give a model folder or a .model file.", path);
        if (Path.GetExtension(path) == ".json") throw new InvalidDataException($"{path}: tokenizer.json is not read; {Supported}.");
        if (IsTiktoken(path)) throw new InvalidDataException($"{path}: the file is a tiktoken vocabulary (Llama 3's format), which is not read; {Supported}.");
        return Create(SentencePieceModel.Load(path), path);
    }

    // A tiktoken file is lines of base64 and a number. A SentencePiece file begins with the tag and length of its first piece.
    private static bool IsTiktoken(string path)
    {
        Span<byte> start = stackalloc byte[16];
        using var file = File.OpenRead(path);
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        var end = start.IndexOf((byte)' ');
        return end > 0 && start[..end].IndexOfAnyExcept(Base64) < 0 && start[(end + 1)..].IndexOfAnyInRange((byte)'0', (byte)'9') == 0;
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
}
