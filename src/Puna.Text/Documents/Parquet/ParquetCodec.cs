using System.IO.Compression;

namespace Puna.Text;

/// <summary>How the pages of a column are compressed. Source: Apache Parquet, Compression.md.</summary>
internal static class ParquetCodec
{
    private const int Uncompressed = 0, Snappy = 1, Gzip = 2, Brotli = 4;
    private static readonly string[] Names = ["UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"];

    public static bool IsSupported(int codec) => codec is Uncompressed or Snappy or Gzip or Brotli;

    public static string Name(int codec) => codec >= 0 && codec < Names.Length ? Names[codec] : $"number {codec}";

    /// <summary>Fills <paramref name="target"/>, whose length the page header gives.</summary>
    /// <exception cref="InvalidDataException">The data are damaged or of another length.</exception>
    public static void Decompress(int codec, ReadOnlySpan<byte> source, Span<byte> target)
    {
        switch (codec)
        {
            case Uncompressed:
                if (source.Length != target.Length) throw new InvalidDataException($"an uncompressed page has {source.Length} bytes, not {target.Length}");
                source.CopyTo(target);
                break;
            case Snappy:
                SnappyDecoder.Decode(source, target);
                break;
            case Gzip:
                using (var gzip = new GZipStream(new MemoryStream(source.ToArray()), CompressionMode.Decompress)) Fill(gzip, target);
                break;
            case Brotli:
                using (var brotli = new BrotliStream(new MemoryStream(source.ToArray()), CompressionMode.Decompress)) Fill(brotli, target);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(codec));
        }
    }

    private static void Fill(Stream stream, Span<byte> target)
    {
        if (stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length || stream.ReadByte() >= 0)
            throw new InvalidDataException("a page decompresses to another length than its header says");
    }
}
