using System.Text;

namespace Puna.Text;

/// <summary>How well a tokenizer does on texts of one kind.</summary>
/// <param name="Kind">The kind of text: a name that was given, <c>code</c>, or the script of most letters.</param>
/// <param name="Tokenizer">The tokenizer's name.</param>
/// <param name="Bytes">UTF-8 bytes of the texts.</param>
/// <param name="Words">Stretches between white space.</param>
/// <param name="Tokens">Ids that the texts become, without begin and end symbols.</param>
public sealed record TokenizerScore(string Kind, string Tokenizer, long Bytes, long Words, long Tokens)
{
    /// <summary>Bytes that one token stands for; more is better.</summary>
    public double BytesPerToken => Tokens == 0 ? 0 : (double)Bytes / Tokens;

    /// <summary>Tokens that one word takes; fewer is better. Of little use where words have no spaces between them.</summary>
    public double TokensPerWord => Words == 0 ? 0 : (double)Tokens / Words;
}

/// <summary>Compares tokenizers on texts, by kind of text.</summary>
public static class TokenizerComparison
{
    /// <summary>The name of the row over all texts.</summary>
    public const string All = "all";

    /// <summary>The kind of text that source code is.</summary>
    public const string Code = "code";

    private static readonly string[] CodeExtensions =
    [
        ".bash", ".c", ".cc", ".cpp", ".cs", ".css", ".fs", ".go", ".h", ".hpp", ".html", ".java", ".jl", ".js", ".json", ".kt", ".lua", ".m", ".mjs", ".php", ".pl", ".proto", ".ps1", ".py",
        ".r", ".rb", ".rs", ".scala", ".sh", ".sql", ".swift", ".toml", ".ts", ".tsx", ".vb", ".xml", ".yaml", ".yml", ".zig",
    ];

    /// <summary>The kind of a file's text: <see cref="Code"/> by its ending, else the script of most letters.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">Its text.</param>
    public static string KindOf(string path, string text)
    {
        if (CodeExtensions.Contains(Path.GetExtension(path).ToLowerInvariant())) return Code;
        var counts = new Dictionary<short, int>();
        foreach (var rune in text.EnumerateRunes())
            if (Rune.IsLetter(rune) && UnicodeScripts.Of(rune.Value) is var script) counts[script] = counts.GetValueOrDefault(script) + 1;
        return counts.Count == 0 ? "no letters" : UnicodeScripts.NameOf(counts.MaxBy(pair => pair.Value).Key);
    }

    /// <summary>A row for each kind of text and tokenizer, kinds in the order in which they come, and behind them, where there are several, one over all.</summary>
    /// <param name="tokenizers">The tokenizers by name.</param>
    /// <param name="texts">The texts with their kinds.</param>
    /// <param name="token">Stops the work.</param>
    public static IReadOnlyList<TokenizerScore> Run(IReadOnlyList<(string Name, Tokenizer Tokenizer)> tokenizers, IEnumerable<(string Kind, string Text)> texts, CancellationToken token = default)
    {
        var scores = new Dictionary<(string Kind, int Tokenizer), TokenizerScore>();
        var kinds = new List<string>();
        var ids = new List<int>();
        foreach (var (kind, text) in texts)
        {
            if (!kinds.Contains(kind)) kinds.Add(kind);
            var (bytes, words) = (Encoding.UTF8.GetByteCount(text), WordsOf(text));
            for (var i = 0; i < tokenizers.Count; i++)
            {
                token.ThrowIfCancellationRequested();
                ids.Clear();
                tokenizers[i].Tokenizer.Encode(text, ids);
                var before = scores.GetValueOrDefault((kind, i)) ?? new TokenizerScore(kind, tokenizers[i].Name, 0, 0, 0);
                scores[(kind, i)] = before with { Bytes = before.Bytes + bytes, Words = before.Words + words, Tokens = before.Tokens + ids.Count };
            }
        }
        var rows = kinds.SelectMany(kind => tokenizers.Select((_, i) => scores[(kind, i)])).ToList();
        if (kinds.Count > 1)
        {
            rows.AddRange(tokenizers.Select((tokenizer, i) =>
            {
                var own = kinds.Select(kind => scores[(kind, i)]).ToArray();
                return new TokenizerScore(All, tokenizer.Name, own.Sum(score => score.Bytes), own.Sum(score => score.Words), own.Sum(score => score.Tokens));
            }));
        }
        return rows;
    }

    private static long WordsOf(string text)
    {
        var (count, isInside) = (0L, false);
        foreach (var c in text)
        {
            var isSpace = char.IsWhiteSpace(c);
            if (!isSpace && !isInside) count++;
            isInside = !isSpace;
        }
        return count;
    }
}
