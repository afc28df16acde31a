using System.Security.Cryptography;
using System.Text;

namespace Puna.Hub.Tests;

/// <summary>A file of a commit.</summary>
internal sealed record TestFile(byte[] Content, bool IsLarge)
{
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Content));

#pragma warning disable CA5350
    public string GitBlob => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {Content.Length}\0"), .. Content]));
#pragma warning restore CA5350

    /// <summary>What the hub knows it by.</summary>
    public string Id => IsLarge ? Sha256 : GitBlob;
}

/// <summary>A model on the test hub: files by commit, the newest last.</summary>
internal sealed class TestRepository
{
    public string? Licence { get; set; } = "mit";

    public bool IsGated { get; set; }

    public bool IsPrivate { get; set; }

    /// <summary>Commits with the files that each has.</summary>
    public List<(string Commit, IReadOnlyDictionary<string, TestFile> Files)> Commits { get; } = [];

    /// <summary>Messages of the commits that were pushed.</summary>
    public List<string> Messages { get; } = [];

    public string Head => Commits[^1].Commit;

    public IReadOnlyDictionary<string, TestFile> Files => Commits[^1].Files;

    /// <summary>Adds a commit that has the files of the last one and these.</summary>
    public TestRepository Commit(params (string Name, TestFile File)[] files)
    {
        var all = Commits.Count == 0 ? [] : new Dictionary<string, TestFile>(Files);
        foreach (var (name, file) in files) all[name] = file;
#pragma warning disable CA5350
        Commits.Add((Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes($"{Commits.Count} {string.Join(' ', all.Select(pair => pair.Key + pair.Value.Id))}"))), all));
#pragma warning restore CA5350
        return this;
    }
}
