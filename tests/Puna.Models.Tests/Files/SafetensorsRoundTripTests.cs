using FsCheck;
using FsCheck.Fluent;
using Puna.Tensors;

namespace Puna.Models.Tests;

public class SafetensorsRoundTripTests
{
    [Theory]
    [InlineData(DType.Float64)]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    [InlineData(DType.Float16)]
    [InlineData(DType.Int64)]
    [InlineData(DType.Int32)]
    public void Tensors_of_any_shape_come_back_bit_for_bit(DType type)
    {
        using var folder = new TemporaryFolder();
        var shapes = Gen.Choose(0, 5).ListOf().Where(sizes => sizes.Count is >= 1 and <= 4).NonEmptyListOf().Select(list => list.ToArray());
        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(40), Prop.ForAll(shapes.ToArbitrary(), sizes =>
        {
            var tensors = sizes.Select((size, i) => ($"tensor.{i}\"\u00e9", Random(type, [.. size.Select(n => (long)n)], (ulong)i))).ToArray();
            SafetensorsWriter.Write(folder["t"], tensors, new Dictionary<string, string> { ["note"] = "ä\"\n" });
            using var file = new SafetensorsFile(folder["t"]);
            file.Metadata["note"].ShouldBe("ä\"\n");
            file.Entries.Count.ShouldBe(tensors.Length);
            foreach (var (name, tensor) in tensors)
            {
                var read = file.Read(name);
                read.DType.ShouldBe(type);
                read.Shape.ShouldBe(tensor.Shape);
                Bytes(read).ShouldBe(Bytes(tensor));
                file.Bytes(name).ToArray().ShouldBe(Bytes(tensor));
            }
        }));
    }

    [Fact]
    public void Narrow_floats_widen_exactly()
    {
        using var folder = new TemporaryFolder();
        var (half, brain) = (Random(DType.Float16, [999], 3), Random(DType.BFloat16, [999], 4));
        SafetensorsWriter.Write(folder["t"], [("half", half), ("brain", brain)]);
        using var file = new SafetensorsFile(folder["t"]);
        foreach (var type in (DType[])[DType.Float32, DType.Float64])
        {
            var halves = GoldenModel.ToDouble(file.Read("half", type));
            var brains = GoldenModel.ToDouble(file.Read("brain", type));
            for (var i = 0; i < 999; i++)
            {
                halves[i].ShouldBe((double)half.Span<Half>()[i]);
                brains[i].ShouldBe(BitConverter.UInt32BitsToSingle((uint)brain.Span<ushort>()[i] << 16));
            }
        }
    }

    [Fact]
    public void A_whole_number_too_large_for_its_place_is_refused()
    {
        using var folder = new TemporaryFolder();
        var tensor = new Tensor(DType.Int64, new Shape(2));
        tensor.Span<long>()[1] = 1L << 40;
        SafetensorsWriter.Write(folder["t"], [("ids", tensor)]);
        using var file = new SafetensorsFile(folder["t"]);
        Should.Throw<InvalidDataException>(() => file.Read("ids", DType.Int32)).Message.ShouldContain("'ids'");
    }

    [Fact]
    public void The_data_begin_at_a_multiple_of_eight()
    {
        using var folder = new TemporaryFolder();
        for (var length = 1; length < 20; length++)
        {
            SafetensorsWriter.Write(folder["t"], [(new string('n', length), Random(DType.Float64, [3], 1))]);
            (BitConverter.ToInt64(File.ReadAllBytes(folder["t"])) % 8).ShouldBe(0);
        }
    }

    private static Tensor Random(DType type, long[] shape, ulong seed)
    {
        var tensor = new Tensor(type, Shape.From(shape));
        var random = new CounterRandom(seed, (ulong)type);
        var bytes = Span(tensor);
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)random.Next(type is DType.Float16 or DType.BFloat16 ? 120 : 256); // no NaN there: it compares unequal
        return tensor;
    }

    private static byte[] Bytes(Tensor tensor) => Span(tensor).ToArray();

    private static unsafe Span<byte> Span(Tensor tensor) => new(tensor.Data, (int)tensor.Bytes);
}
