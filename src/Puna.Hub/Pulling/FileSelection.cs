using System.IO.Enumeration;

namespace Puna.Hub;

/// <summary>Which files of a repository are wanted.</summary>
/// <param name="Include">Patterns with <c>*</c> and <c>?</c> over the whole path; none for what this build reads.</param>
/// <param name="Exclude">Patterns of what is left out of that.</param>
/// <param name="All">Whether everything is wanted.</param>
public sealed record FileSelection(IReadOnlyList<string> Include, IReadOnlyList<string> Exclude, bool All = false)
{
    // What a reader of the folder looks at, and what a person should.
    private static readonly string[] Beside =
    [
        "config.json", "generation_config.json", "tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "*.tiktoken", "*.model", "chat_template.jin*", "chat_template.json",
        "params.json", "README.md", "LICENSE*", "LICENCE*", "NOTICE*", "USE_POLICY*", "COPYING*",
    ];

    // Kinds of weights, the best to read first; a repository often has the same ones in several.
    private static readonly string[][] Weights =
    [
        ["model.safetensors", "model-*.safetensors", "model.safetensors.index.json"],
        ["*.safetensors", "*.safetensors.index.json"],
        ["pytorch_model*.bin", "pytorch_model.bin.index.json"],
        ["consolidated*.pth"],
        ["*.gguf"],
        ["*.bin"],
    ];

    /// <summary>What of these files is wanted.</summary>
    /// <param name="files">The listing.</param>
    /// <param name="subject">The model.</param>
    /// <exception cref="InvalidDataException">Nothing is, or it is not clear what.</exception>
    internal IReadOnlyList<RemoteFile> Choose(IReadOnlyList<RemoteFile> files, string subject)
    {
        if (All && Include.Count > 0) throw new InvalidDataException("--all and --include contradict each other; give one of them");
        var candidates = files.Where(file => !Exclude.Any(pattern => Matches(pattern, file.Path))).ToArray();
        var chosen = All ? candidates
            : Include.Count > 0 ? [.. candidates.Where(file => Include.Any(pattern => Matches(pattern, file.Path)))]
            : Readable(candidates, subject);
        return chosen.Count > 0 ? chosen
            : throw new InvalidDataException($"{subject} has {files.Count} files and none of them is asked for; it has {string.Join(", ", files.Take(8).Select(file => HubText.Clean(file.Path, 60)))}{(files.Count > 8 ? ", …" : "")}");
    }

    private static IReadOnlyList<RemoteFile> Readable(RemoteFile[] files, string subject)
    {
        var top = files.Where(file => !file.Path.Contains('/')).ToArray();
        foreach (var kind in Weights)
        {
            var weights = top.Where(file => kind.Any(pattern => Matches(pattern, file.Path)) && !Beside.Any(pattern => Matches(pattern, file.Path))).ToArray();
            if (!weights.Any(file => !file.Path.EndsWith(".json", StringComparison.Ordinal))) continue;
            if (kind is ["*.gguf"] && weights.Length > 1)
                throw new InvalidDataException($"{subject} has {weights.Length} GGUF files; choose with --include, as in --include {HubText.Clean(weights.MinBy(file => file.Size)!.Path, 80)}. They are {string.Join(", ", weights.Take(12).Select(file => $"{HubText.Clean(file.Path, 80)} ({HubText.Bytes(file.Size)})"))}{(weights.Length > 12 ? ", …" : "")}");
            return [.. top.Where(file => Beside.Any(pattern => Matches(pattern, file.Path))), .. weights];
        }
        throw new InvalidDataException($"{subject} has no weights of a kind that this build reads (safetensors, PyTorch, Meta, GGUF, llama2.c) at its top; --include PATTERN takes what you name, --all everything");
    }

    private static bool Matches(string pattern, string path) => FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal), path, ignoreCase: false);
}
