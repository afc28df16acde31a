using System.Text.Json;
using Puna.Tests;

namespace Puna.Text.Tests;

/// <summary>Files of two foreign writers (tests/golden/parquet/README.md) give the rows that were written.</summary>
public sealed class ParquetTests : IDisposable
{
    private readonly DocumentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rs-v1-snappy-dictionary", true)]
    [InlineData("rs-v1-gzip-plain", true)]
    [InlineData("rs-v1-none-fallback", true)]
    [InlineData("rs-v1-brotli", true)]
    [InlineData("rs-v2-snappy-dictionary", true)]
    [InlineData("rs-v2-gzip-dictionary", false)]
    [InlineData("hp-snappy", true)]
    [InlineData("hp-none-required", false)]
    public void Foreign_files_give_the_rows_that_were_written(string name, bool isOptional)
    {
        var path = SharedData.Golden($"parquet/{name}.parquet");
        DocumentFolder.Read(path).ShouldBe(Expected(isOptional));
        DocumentFolder.Read(_folder.WriteGzip("a.parquet.gz", File.ReadAllBytes(path))).ShouldBe(Expected(isOptional));
        DocumentFolder.Read(path, new DocumentOptions("id")).ShouldBe(Enumerable.Range(0, 300).Select(i => $"id-{i}"));
    }

    [Theory]
    [InlineData("rs-v1-zstd", "text", "compressed with ZSTD")]
    [InlineData("rs-v2-delta", "text", "encoded as DELTA")]
    [InlineData("rs-v1-brotli", "content", "there is no column 'content'; the file has id, number, text")]
    [InlineData("rs-v1-brotli", "number", "holds no text (its type is INT64")]
    [InlineData("rs-nested", "tags", "nested or a list")]
    [InlineData("rs-nested", "meta", "nested or a list")]
    [InlineData("rs-nested", "a", "there is no column 'a'; the file has tags, meta, text")]
    public void What_is_not_read_is_refused_by_its_name(string name, string column, string sentence) =>
        DocumentFolder.Refusal(SharedData.Golden($"parquet/{name}.parquet"), new DocumentOptions(column)).ShouldContain(sentence);

    [Fact]
    public void A_flat_column_beside_nested_ones_is_read() =>
        DocumentFolder.Read(SharedData.Golden("parquet/rs-nested.parquet")).ShouldBe(["first", "second"]);

    [Theory]
    [InlineData("1B FFFFFFFFFFFFFFFF7F 11", "ends early")] // a mapping of 2^63 pairs of true and false, which in a field would take no bytes
    [InlineData("19 FC FFFFFFFF07", "ends early")] // a list of 2^31 structures
    [InlineData("1C*200", "nested too deeply")]
    public void A_footer_that_claims_too_much_is_refused(string field, string sentence)
    {
        var good = File.ReadAllBytes(SharedData.Golden("parquet/hp-snappy.parquet"));
        var length = BitConverter.ToInt32(good, good.Length - 8);
        var bytes = field.EndsWith("*200", StringComparison.Ordinal) ? [.. Enumerable.Repeat((byte)0x1C, 200)] : Convert.FromHexString(field.Replace(" ", "", StringComparison.Ordinal));
        byte[] footer = [.. good.AsSpan(good.Length - 8 - length, length - 1), .. bytes];
        DocumentFolder.Refusal(_folder.Write("a.parquet", [.. good.AsSpan(0, good.Length - 8 - length), .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8])).ShouldContain(sentence);
    }

    [Theory]
    [InlineData("rs-v1-snappy-dictionary")]
    [InlineData("rs-v1-none-fallback")]
    [InlineData("rs-v2-snappy-dictionary")]
    [InlineData("rs-v1-gzip-plain")]
    [InlineData("hp-snappy")]
    public void Damaged_bytes_are_refused_or_read_but_never_fall_over(string name)
    {
        var good = File.ReadAllBytes(SharedData.Golden($"parquet/{name}.parquet"));
        var refused = 0;
        for (var n = 0; n < 60; n++)
        {
            var bytes = (byte[])good.Clone();
            for (var k = 0; k < 3; k++) bytes[(int)((uint)((n * 2654435761u) + (k * 40503u)) % (uint)bytes.Length)] ^= (byte)(0x55 + n);
            try
            {
                DocumentFolder.Read(_folder.Write("a.parquet", bytes));
            }
            catch (InvalidDataException exception)
            {
                exception.Message.ShouldContain("a.parquet");
                refused++;
            }
        }
        refused.ShouldBeGreaterThan(5);
        for (var length = 0; length < good.Length; length += 1 + (good.Length / 15)) DocumentFolder.Refusal(_folder.Write("a.parquet", good[..length]));
    }

    [Fact]
    public void Snappy_copies_that_overlap_repeat_what_was_just_written()
    {
        // length 11, a literal of one byte, then a copy of ten bytes from one byte back (two-byte offset)
        var target = new byte[11];
        SnappyDecoder.Decode([11, 0, (byte)'a', (9 << 2) | 2, 1, 0], target);
        System.Text.Encoding.ASCII.GetString(target).ShouldBe(new string('a', 11));
        Should.Throw<InvalidDataException>(() => SnappyDecoder.Decode([11, 0, (byte)'a', (9 << 2) | 2, 2, 0], target));
    }

    private static string[] Expected(bool isOptional)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(SharedData.Golden("parquet/expected.json")));
        return [.. json.RootElement.GetProperty(isOptional ? "optional" : "required").EnumerateArray().Select(value => value.GetString()).Where(text => !string.IsNullOrWhiteSpace(text)).Select(text => text!.Trim())];
    }
}
