using Puna.Text;

namespace Puna.Training.Tests;

/// <summary>Shards of made-up documents in a folder that goes away with the test.</summary>
internal sealed class ShardTestFolder : IDisposable
{
    private readonly List<ShardFolder> _opened = [];

    public string Root { get; } = Directory.CreateTempSubdirectory("puna-shards-").FullName;

    public string this[string name] => Path.Combine(Root, name);

    public static SentencePieceTokenizer Tokenizer { get; } = CharacterTokenizerTrainer.Train("abcdefghijklmnopqrstuvwxyz 0123456789.,\n");

    /// <summary>A file of documents with a blank line between them.</summary>
    public ShardSource Source(string name, IEnumerable<string> documents, int files = 1)
    {
        var all = documents.ToArray();
        var paths = new List<string>();
        for (var i = 0; i < files; i++)
        {
            paths.Add(this[$"{name}-{i}.txt"]);
            File.WriteAllText(paths[^1], string.Join("\n\n", all[(all.Length * i / files)..(all.Length * (i + 1) / files)]));
        }
        return new ShardSource(name, paths, new DocumentOptions());
    }

    public ShardFolder Write(string folder, ShardOptions options, params ShardSource[] sources)
    {
        Directory.CreateDirectory(this[folder]);
        ShardBuilder.Write(this[folder], sources, Tokenizer, options, new Dictionary<string, string> { ["what"] = "a test" });
        return Open(folder);
    }

    public ShardFolder Open(string folder)
    {
        _opened.Add(ShardFolder.Open(this[folder]));
        return _opened[^1];
    }

    public static int[] Encode(string document) => Tokenizer.Encode(document, new EncodeOptions(AddBos: true, AddEos: true));

    public static string[] Numbered(int count, string word = "document") => [.. Enumerable.Range(0, count).Select(i => $"{word} {i} " + new string((char)('a' + (i % 26)), i * 7 % 60))];

    public void Dispose()
    {
        foreach (var folder in _opened) folder.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}
