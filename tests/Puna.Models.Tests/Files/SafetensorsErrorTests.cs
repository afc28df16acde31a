using Puna.Tensors;

namespace Puna.Models.Tests;

/// <summary>Each kind of damage has its own sentence, with the tensor and the numbers.</summary>
public class SafetensorsErrorTests
{
    [Theory]
    [InlineData("""{"a\u001b[2J":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "has a control character in the name of a tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "'b' begins at byte 4, 8 was expected")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", "'b' begins at byte 8, 4 was expected")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "'a' begins at byte 4, 0 was expected")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "end at byte 8, the data at 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "'a' lies at bytes 0 to 16, the file has 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[12,0]}}""", "'a' lies at bytes 12 to 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-3],"data_offsets":[0,12]}}""", "'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}""", "shape [2] needs 8 bytes, its offsets give 12")]
    [InlineData("""{"a":{"dtype":"Q9","shape":[3],"data_offsets":[0,12]}}""", "unknown type 'Q9'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,12]}}""", "header is damaged")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0]}}""", "header is damaged")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3]}}""", "header is damaged")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "'a' appears twice")]
    [InlineData("""{"__metadata__":{"x":"1","x":"2"},"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "header is damaged")]
    [InlineData("""[1,2]""", "no JSON object")]
    [InlineData("""{"a":""", "header is damaged")]
    public void A_wrong_header_is_named(string header, string sentence)
    {
        using var folder = new TemporaryFolder();
        SafetensorsDamageTests.Write(folder["t"], header, new byte[12]);
        var message = Should.Throw<InvalidDataException>(() => new SafetensorsFile(folder["t"])).Message;
        message.ShouldContain(sentence);
        message.ShouldContain(folder["t"]);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(1_000_000)]
    public void A_header_longer_than_the_file_is_refused(long length)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["t"], [.. BitConverter.GetBytes(length), .. "{}"u8]);
        Should.Throw<InvalidDataException>(() => new SafetensorsFile(folder["t"])).Message.ShouldContain($"claims {length} bytes, the file has 2");
    }

    [Fact]
    public void A_file_that_is_missing_or_empty_says_so()
    {
        using var folder = new TemporaryFolder();
        Should.Throw<FileNotFoundException>(() => new SafetensorsFile(folder["none"])).Message.ShouldContain("none");
        File.WriteAllBytes(folder["empty"], []);
        Should.Throw<InvalidDataException>(() => new SafetensorsFile(folder["empty"])).Message.ShouldContain("0 bytes");
    }

    [Fact]
    public void What_is_asked_for_must_be_there_in_its_shape_and_a_known_type()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["t"], [("a", new Tensor(DType.Float32, new Shape(2, 3))), ("i", new Tensor(DType.Int64, new Shape(2)))]);
        using var file = new SafetensorsFile(folder["t"]);
        Should.Throw<InvalidDataException>(() => file.Read("b")).Message.ShouldContain("no tensor 'b'");
        Should.Throw<InvalidDataException>(() => file.CopyTo("a", new Tensor(DType.Float32, new Shape(3, 2)))).Message.ShouldContain("'a' has shape [2, 3]");
        Should.Throw<InvalidDataException>(() => file.Read("i", DType.Float32)).Message.ShouldContain("type I64 cannot become Float32");
    }
}
