using System.Buffers.Binary;
using System.Text;
using Puna.Tensors;

namespace Puna.Models.Tests;

/// <summary>Types of numbers that only files have.</summary>
public class Float8Tests
{
    [Theory]
    [InlineData(0x00, 0f)]
    [InlineData(0x01, 0.001953125f)]
    [InlineData(0x07, 0.013671875f)]
    [InlineData(0x08, 0.015625f)]
    [InlineData(0x38, 1f)]
    [InlineData(0x7E, 448f)]
    [InlineData(0xFE, -448f)]
    [InlineData(0x7F, float.NaN)]
    public void E4M3_is_as_the_paper_has_it(byte bits, float value) => Read("F8_E4M3", [bits], 1, DType.Float32).ToArray<float>()[0].ShouldBe(value);

    [Theory]
    [InlineData(0x01, 1.52587890625e-05f)]
    [InlineData(0x04, 6.103515625e-05f)]
    [InlineData(0x3C, 1f)]
    [InlineData(0x7B, 57344f)]
    [InlineData(0x7C, float.PositiveInfinity)]
    [InlineData(0xBC, -1f)]
    public void E5M2_is_as_the_paper_has_it(byte bits, float value) => Read("F8_E5M2", [bits], 1, DType.Float32).ToArray<float>()[0].ShouldBe(value);

    [Theory]
    [InlineData("I8", new byte[] { 0x80, 0x7F }, new[] { -128, 127 })]
    [InlineData("U8", new byte[] { 0x80, 0x7F }, new[] { 128, 127 })]
    [InlineData("I16", new byte[] { 0x00, 0x80 }, new[] { -32768 })]
    [InlineData("U16", new byte[] { 0x00, 0x80 }, new[] { 32768 })]
    [InlineData("BOOL", new byte[] { 0, 1 }, new[] { 0, 1 })]
    public void Whole_numbers_widen_exactly(string type, byte[] data, int[] values) => Read(type, data, values.Length, DType.Int32).ToArray<int>().ShouldBe(values);

    [Fact]
    public void Narrowing_a_double_rounds_once()
    {
        double[] values = [1.00390625, 1.00390625 + 1e-12, 1.00390625 - 1e-12, -1.01171875, -1.01171875 + 1e-13, 1e-40, 0];
        float[] expected = [1f, 1.0078125f, 1f, -1.015625f, -1.0078125f, 9.183549615799121e-41f, 0];
        var bits = Read("F64", [.. values.SelectMany(BitConverter.GetBytes)], values.Length, DType.BFloat16).ToArray<ushort>();
        for (var i = 0; i < values.Length; i++) BitConverter.UInt32BitsToSingle((uint)bits[i] << 16).ShouldBe(expected[i], $"{values[i]:R}");
        Should.Throw<InvalidDataException>(() => Read("F64", BitConverter.GetBytes(1e39), 1, DType.BFloat16)).Message.ShouldContain("too large for BF16");
    }

    private static Tensor Read(string type, byte[] data, int count, DType destination)
    {
        using var folder = new TemporaryFolder();
        var header = Encoding.UTF8.GetBytes($"{{\"t\":{{\"dtype\":\"{type}\",\"shape\":[{count}],\"data_offsets\":[0,{data.Length}]}}}}");
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        File.WriteAllBytes(folder["t"], [.. length, .. header, .. data]);
        using var file = new SafetensorsFile(folder["t"]);
        return file.Read("t", destination);
    }
}
