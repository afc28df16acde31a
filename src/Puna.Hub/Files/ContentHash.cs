using System.Security.Cryptography;
using System.Text;

namespace Puna.Hub;

/// <summary>By what the hub knows a content.</summary>
internal enum HashKind
{
    /// <summary>SHA-256 of the bytes: files in LFS or Xet storage, and data sets.</summary>
    Sha256,

    /// <summary>SHA-1 as git computes it, over <c>blob SIZE\0</c> and the bytes: files in the repository itself.</summary>
    GitBlob,
}

/// <summary>A checksum.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Hex">Lower-case digits.</param>
internal sealed record ContentHash(HashKind Kind, string Hex)
{
    private const int BlockBytes = 1 << 20;

    /// <summary>A checksum as a server gives it.</summary>
    /// <exception cref="IOException">It is none.</exception>
    public static ContentHash Of(HashKind kind, string? hex, string subject)
    {
        var digits = kind == HashKind.Sha256 ? 64 : 40;
        return hex?.Length == digits && hex.All(char.IsAsciiHexDigit) ? new ContentHash(kind, hex.ToLowerInvariant())
            : throw new IOException($"{subject}: the hub gives no checksum of {digits} hexadecimal digits, so the file could not be checked");
    }

    /// <summary>Both checksums of a content, in one pass.</summary>
    /// <exception cref="IOException">It cannot be read, or has not <paramref name="size"/> bytes.</exception>
    public static (ContentHash Sha256, ContentHash GitBlob) Both(Stream content, long size, string subject, Action<int>? read, CancellationToken cancellation)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var git = StartGitBlob(size);
        long all = 0;
        foreach (var block in Blocks(content, cancellation))
        {
            sha256.AppendData(block.Span);
            git.AppendData(block.Span);
            all += block.Length;
            read?.Invoke(block.Length);
        }
        if (all != size) throw new IOException($"{subject} changed while it was read: {all} bytes instead of {size}");
        return (new ContentHash(HashKind.Sha256, Convert.ToHexStringLower(sha256.GetHashAndReset())), new ContentHash(HashKind.GitBlob, Convert.ToHexStringLower(git.GetHashAndReset())));
    }

    /// <summary>This kind of checksum of a file.</summary>
    public ContentHash OfFile(string path, CancellationToken cancellation)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        using var hash = Kind == HashKind.Sha256 ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : StartGitBlob(file.Length);
        foreach (var block in Blocks(file, cancellation)) hash.AppendData(block.Span);
        return this with { Hex = Convert.ToHexStringLower(hash.GetHashAndReset()) };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{(Kind == HashKind.Sha256 ? "sha256" : "git sha1")} {Hex}";

    // Git's names of contents are SHA-1. They tell a damaged file from a whole one; nobody is trusted for it.
    private static IncrementalHash StartGitBlob(long size)
    {
#pragma warning disable CA5350
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {size}\0"));
        return hash;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Blocks(Stream content, CancellationToken cancellation)
    {
        var buffer = new byte[BlockBytes];
        while (content.Read(buffer, 0, buffer.Length) is > 0 and var count)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return buffer.AsMemory(0, count);
        }
    }
}
