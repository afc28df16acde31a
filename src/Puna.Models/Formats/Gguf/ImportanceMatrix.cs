using System.Text;
using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// How much each column of a model's matrices matters: the mean square of what the column is multiplied with over a text. A quantiser that knows it spends
/// its error where it moves the output least. Kept as llama.cpp keeps it: a GGUF file with the tensors NAME.in_sum2 [columns], the sum of squares, and
/// NAME.counts [1], of how many tokens (ggml-org/llama.cpp, tools/imatrix; facts only); its older files (.dat) are read too.
/// </summary>
public sealed class ImportanceMatrix
{
    private const string Sums = ".in_sum2", Counts = ".counts", TypeKey = "general.type", TypeName = "imatrix", ChunksKey = "imatrix.chunk_count", ChunkSizeKey = "imatrix.chunk_size", TextsKey = "imatrix.datasets";
    private const int MostEntries = 1 << 20, LongestName = 1 << 10;

    private readonly Dictionary<string, float[]> _columns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _tokens = new(StringComparer.Ordinal);

    /// <summary>The file it came from, as errors name it; empty for one that was just gathered.</summary>
    public string Path { get; private init; } = "";

    /// <summary>Names of the texts it was gathered over.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>Pieces of text.</summary>
    public int ChunkCount { get; init; }

    /// <summary>Tokens of a piece; 0 where the file does not say.</summary>
    public int ChunkSize { get; init; }

    /// <summary>GGUF's names of the matrices it knows.</summary>
    public IReadOnlyCollection<string> Names => _columns.Keys;

    /// <summary>Puts a matrix in.</summary>
    /// <param name="name">GGUF's name.</param>
    /// <param name="sums">Sum of squares, a number a column; finite, ≥ 0.</param>
    /// <param name="tokens">Over how many tokens, above 0.</param>
    /// <exception cref="InvalidDataException">Numbers that cannot be.</exception>
    public void Add(string name, ReadOnlySpan<float> sums, double tokens)
    {
        if (!(tokens > 0) || !double.IsFinite(tokens)) throw new InvalidDataException($"importances of '{name}' were gathered over {tokens} tokens; a number above 0 was expected");
        for (var i = 0; i < sums.Length; i++)
        {
            if (!float.IsFinite(sums[i]) || sums[i] < 0) throw new InvalidDataException($"importances of '{name}' hold {sums[i]} for column {i}; finite numbers of 0 and above were expected");
        }
        if (!_columns.TryAdd(name, sums.ToArray())) throw new InvalidDataException($"importances of '{name}' come twice");
        _tokens[name] = tokens;
    }

    /// <summary>The mean square of each column of a matrix; empty where it is not known.</summary>
    /// <param name="name">GGUF's name.</param>
    /// <param name="columns">Of the model's matrix.</param>
    /// <exception cref="InvalidDataException">It was gathered with a matrix of another width.</exception>
    public float[] Of(string name, long columns)
    {
        if (!_columns.TryGetValue(name, out var sums)) return [];
        if (sums.Length != columns) throw new InvalidDataException($"{Path} has importances for {sums.Length} columns of '{name}', the model's has {columns}: it was gathered with another model");
        return [.. sums.Select(sum => (float)(sum / _tokens[name]))];
    }

    /// <summary>Writes it as a GGUF file; an existing one is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pool">Threads.</param>
    /// <exception cref="IOException">The disk is full, not writable, or does not give back what was written.</exception>
    public void Save(string path, WorkerPool pool)
    {
        List<KeyValuePair<string, object>> metadata = [new(TypeKey, TypeName), new(TextsKey, Texts.ToArray()), new(ChunksKey, (uint)ChunkCount), new(ChunkSizeKey, (uint)ChunkSize)];
        GgufTensorSource Source(string name, float[] values) => new(name, GgmlType.ByName("F32"), new Shape(1, values.Length), () => Row(values)) { IsTemporary = true };
        GgufWriter.Write(path, metadata, [.. _columns.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => (GgufTensorSource[])[Source(pair.Key + Sums, pair.Value), Source(pair.Key + Counts, [(float)_tokens[pair.Key]])])], pool);
    }

    /// <summary>Reads a GGUF file or one of llama.cpp's older files.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It holds no importances; the sentence says what is wrong and where.</exception>
    public static ImportanceMatrix Load(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"no file {path}", path);
        try
        {
            return GgufFile.IsGguf(path) ? LoadGguf(path) : LoadOld(path);
        }
        catch (InvalidDataException error) when (!error.Message.Contains(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"imatrix: {path}: {error.Message}", error);
        }
    }

    private static ImportanceMatrix LoadGguf(string path)
    {
        using var file = new GgufFile(path);
        if (file.Metadata.Text(TypeKey) != TypeName) throw new InvalidDataException($"imatrix: {path} is a GGUF file of another kind ({TypeKey} '{file.Metadata.Text(TypeKey)}'); one with importances comes from puna imatrix or llama-imatrix");
        var matrix = new ImportanceMatrix
        {
            Path = path,
            Texts = file.Metadata.Find(TextsKey) as string[] ?? [],
            ChunkCount = Whole(file, ChunksKey),
            ChunkSize = Whole(file, ChunkSizeKey),
        };
        foreach (var sums in file.Tensors.Where(tensor => tensor.Name.EndsWith(Sums, StringComparison.Ordinal)))
        {
            var name = sums.Name[..^Sums.Length];
            var counts = file.Find(name + Counts) ?? throw new InvalidDataException($"imatrix: {path} has '{sums.Name}' without '{name}{Counts}'");
            if (sums.Rows != 1 || counts.Count != 1) throw new InvalidDataException($"imatrix: {path} has importances of {sums.Rows} matrices under '{name}': mixtures of experts are not read by this build");
            matrix.Add(name, Numbers(file, sums), Numbers(file, counts)[0]);
        }
        return matrix._columns.Count > 0 ? matrix : throw new InvalidDataException($"imatrix: {path} holds no tensor whose name ends in {Sums}");
    }

    private static int Whole(GgufFile file, string key) => (int)Math.Clamp(file.Metadata.Whole(key) ?? 0, 0, int.MaxValue);

    private static float[] Numbers(GgufFile file, GgufTensor tensor)
    {
        var values = new float[tensor.Columns];
        file.ReadRow(tensor, 0, values);
        return values;
    }

    /// <summary>Number of entries; for each the length of its name, the name, how many pieces, how many columns, the columns; then the pieces and the text's name, or nothing.</summary>
    private static ImportanceMatrix LoadOld(string path)
    {
        using var stream = File.OpenRead(path);
        using var reader = new BinaryReader(stream);
        var found = new List<(string Name, int Calls, float[] Columns)>();
        var (chunks, text) = (0, "");
        try
        {
            var entries = Count(reader.ReadInt32(), MostEntries, "entries");
            for (var i = 0; i < entries; i++)
            {
                var name = Name(reader, Count(reader.ReadInt32(), LongestName, "characters of a name"));
                var calls = Count(reader.ReadInt32(), int.MaxValue, $"pieces of '{name}'");
                var columns = Count(reader.ReadInt32(), (stream.Length - stream.Position) / sizeof(float), $"columns of '{name}'");
                found.Add((name, calls, [.. Enumerable.Range(0, columns).Select(_ => reader.ReadSingle())]));
            }
            if (stream.Position < stream.Length)
            {
                chunks = reader.ReadInt32();
                text = stream.Position < stream.Length ? Name(reader, Count(reader.ReadInt32(), LongestName, "characters of the text's name")) : "";
            }
        }
        catch (EndOfStreamException)
        {
            throw new InvalidDataException($"imatrix: {path} is no file of importances, or is cut short: it ends within entry {found.Count}");
        }
        var matrix = new ImportanceMatrix { Path = path, ChunkCount = Math.Max(0, chunks), Texts = text.Length > 0 ? [text] : [] };
        foreach (var (name, calls, columns) in found) matrix.Add(name, columns, calls);
        return matrix;
    }

    private static int Count(int value, long most, string what) =>
        value >= 1 && value <= most ? value : throw new InvalidDataException($"it is no file of importances: {value} {what}, 1 to {most} can be");

    private static string Name(BinaryReader reader, int length)
    {
        var bytes = reader.ReadBytes(length);
        return bytes.Length == length ? Encoding.UTF8.GetString(bytes) : throw new EndOfStreamException();
    }

    private static Tensor Row(float[] values)
    {
        var tensor = new Tensor(DType.Float32, new Shape(1, values.Length));
        values.CopyTo(tensor.Span<float>());
        return tensor;
    }
}
