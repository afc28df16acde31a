using System.IO.Compression;

namespace Puna.Text;

/// <summary>How the pages of a column are compressed. Source: Apache Parquet, Compression.md.</summary>
internal static class ParquetCodec
{
    private const int FirstPiece = 1 << 16;
    private const int Uncompressed = 0, Snappy = 1, Gzip = 2, Brotli = 4;
    private static readonly string[] Names = ["UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"];

    public static bool IsSupported(int codec) => codec is Uncompressed or Snappy or Gzip or Brotli;

    public static string Name(int codec) => codec >= 0 && codec < Names.Length ? Names[codec] : $"number {codec}";

    /// <summary>Fills the beginning of a buffer, which grows with what is there and not with what is claimed.</summary>
    /// <param name="codec">One that is supported.</param>
    /// <param name="source">The page as it is stored.</param>
    /// <param name="target">The buffer.</param>
    /// <param name="size">How many bytes the page's header says there are.</param>
    /// <exception cref="InvalidDataException">The data are damaged or of another length.</exception>
    public static void Decompress(int codec, ReadOnlySpan<byte> source, ref byte[] target, int size)
    {
        switch (codec)
        {
            case Uncompressed:
                if (source.Length != size) throw new InvalidDataException($"an uncompressed page has {source.Length} bytes, not {size}");
                Grow(ref target, size);
                source.CopyTo(target);
                break;
            case Snappy:
                if (size > (long)SnappyDecoder.MostExpansion * source.Length) throw new InvalidDataException($"a page of {source.Length} bytes is said to decompress to {size}, more than Snappy can");
                Grow(ref target, size);
                SnappyDecoder.Decode(source, target.AsSpan(0, size));
                break;
            case Gzip:
                using (var gzip = new GZipStream(new MemoryStream(source.ToArray()), CompressionMode.Decompress)) Fill(gzip, ref target, size);
                break;
            case Brotli:
                using (var brotli = new BrotliStream(new MemoryStream(source.ToArray()), CompressionMode.Decompress)) Fill(brotli, ref target, size);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(codec));
        }
    }

    private static void Fill(Stream stream, ref byte[] target, int size)
    {
        var length = 0;
        while (length < size)
        {
            if (length == target.Length) Grow(ref target, Math.Min(size, Math.Max(FirstPiece, 2 * length)));
            var read = Read(stream, target.AsSpan(length, Math.Min(size, target.Length) - length));
            if (read == 0) break;
            length += read;
        }
        if (length < size || Read(stream, stackalloc byte[1]) > 0) throw new InvalidDataException("a page decompresses to another length than its header says");
    }

    private static int Read(Stream stream, Span<byte> target)
    {
        try
        {
            return stream.Read(target);
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException("the Brotli data are damaged", error); // so the runtime's decoder says it
        }
    }

    private static void Grow(ref byte[] buffer, int size)
    {
        if (buffer.Length < size) Array.Resize(ref buffer, size);
    }
}
