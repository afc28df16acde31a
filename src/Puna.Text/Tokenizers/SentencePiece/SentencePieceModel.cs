using System.Globalization;
using System.Text;

namespace Puna.Text;

/// <summary>
/// The content of a SentencePiece file (<c>tokenizer.model</c>, a protobuf message): the vocabulary, how it was trained and how text is
/// prepared. Fields that this class does not know are kept and written again.
/// Source of the format: google/sentencepiece, src/sentencepiece_model.proto.
/// </summary>
public sealed class SentencePieceModel
{
    private const long LargestFile = 1L << 28;
    private readonly ProtoMessage rest;
    private readonly List<(SentencePiece Piece, byte[] Bytes)> read = [];

    /// <summary>A model without pieces and with the format's default settings.</summary>
    public SentencePieceModel()
        : this(new ProtoMessage(), new ProtoMessage(), new ProtoMessage(), "new model")
    {
    }

    /// <summary>Whether the begin symbol belongs before every sequence, where something beside the file says so (tokenizer_config.json, GGUF); the format has no field for it.</summary>
    public bool? AddsBos { get; set; }

    private SentencePieceModel(ProtoMessage rest, ProtoMessage trainer, ProtoMessage normalizer, string name)
    {
        this.rest = rest;
        Trainer = new SentencePieceTrainerSpec(trainer, name);
        Normalizer = new SentencePieceNormalizerSpec(normalizer, name);
    }

    /// <summary>The vocabulary; the position is the id.</summary>
    public List<SentencePiece> Pieces { get; } = [];

    /// <summary>How the model was trained.</summary>
    public SentencePieceTrainerSpec Trainer { get; }

    /// <summary>How text is prepared.</summary>
    public SentencePieceNormalizerSpec Normalizer { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no SentencePiece model, or a damaged one.</exception>
    public static SentencePieceModel Load(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"SentencePiece model '{path}' does not exist; check the path.", path);
        var length = FileSize.Of(path);
        if (length > LargestFile) throw new InvalidDataException($"{path}: {length} bytes are more than the {LargestFile} that a SentencePiece model may have; this is another file.");
        return Parse(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads a model from memory.</summary>
    /// <param name="bytes">The file's content.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">The bytes are no SentencePiece model, or a damaged one.</exception>
    public static SentencePieceModel Parse(byte[] bytes, string name = "SentencePiece model")
    {
        var message = ProtoMessage.Parse(bytes, name);
        var model = new SentencePieceModel(message, Part(message, 2, name), Part(message, 3, name), name);
        if (message.GetBytes(5, name) is { } back && ProtoMessage.Parse(back, $"{name}, denormalizer settings").GetBytes(2, name) is { Length: > 0 })
            throw new InvalidDataException($"{name}: the file has rules for decoded text (field 5, denormalizer), which this build does not run; the text would be another.");
        foreach (var data in message.AllBytes(1, name))
        {
            var where = $"{name}, piece {model.Pieces.Count}";
            var piece = ProtoMessage.Parse(data, where);
            var type = piece.GetInteger(3, 1, where);
            if (type is < 1 or > 6) throw new InvalidDataException($"{where}: type {type} is not one of 1 to 6; the file is damaged.");
            var score = piece.GetFloat(2, 0, where);
            if (!float.IsFinite(score)) throw new InvalidDataException($"{where}: the score is {score}, not a finite number; the file is damaged.");
            var text = piece.GetString(1, where);
            if (string.IsNullOrEmpty(text)) throw new InvalidDataException($"{where}: the piece is empty; the file is damaged.");
            model.Pieces.Add(new SentencePiece(text, score, (SentencePieceType)type));
            model.read.Add((model.Pieces[^1], data));
        }
        if (model.Pieces.Count == 0)
            throw new InvalidDataException($"{name}: no pieces in {bytes.Length} bytes; this is no SentencePiece model, or a damaged one.");
        model.Trainer.Check();
        model.Normalizer.Check();
        return model;
    }

    /// <summary>The file's content.</summary>
    public byte[] ToBytes()
    {
        rest.SetAll(1, Pieces.Select((piece, id) => id < read.Count && read[id].Piece == piece ? read[id].Bytes : Bytes(piece)));
        rest.Set(2, Trainer.Message.ToBytes());
        rest.Set(3, Normalizer.Message.ToBytes());
        return rest.ToBytes();
    }

    /// <summary>Writes the file, under a temporary name that is then renamed.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    public void Save(string path) => AtomicFile.Write(path, ToBytes());

    /// <summary>The vocabulary as text: a line for each piece with spelling, tabulator, score (six significant digits).</summary>
    public string ToVocabularyText()
    {
        var text = new StringBuilder();
        foreach (var piece in Pieces)
            text.Append(piece.Text).Append('\t').Append(piece.Score.ToString("G6", CultureInfo.InvariantCulture)).Append('\n');
        return text.ToString();
    }

    private static ProtoMessage Part(ProtoMessage message, int field, string name) =>
        ProtoMessage.Parse(message.GetBytes(field, name) ?? [], $"{name}, {(field == 2 ? "trainer" : "normalizer")} settings");

    private static byte[] Bytes(SentencePiece piece)
    {
        var message = new ProtoMessage();
        message.Set(1, piece.Text);
        message.Set(2, piece.Score);
        if (piece.Type != SentencePieceType.Normal) message.Set(3, (long)piece.Type);
        return message.ToBytes();
    }
}
