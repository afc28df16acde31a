using FsCheck;
using FsCheck.Fluent;

namespace Puna.Text.Tests;

public class HybridRunLengthTests
{
    [Fact]
    public void The_example_of_the_specification_is_read()
    {
        // Encodings.md: the numbers 0 to 7 of three bits are 0b10001000 0b11000110 0b11111010
        var numbers = new int[8];
        HybridRunLength.Decode((byte[])[0b11, 0b10001000, 0b11000110, 0b11111010], 3, numbers);
        numbers.ShouldBe([0, 1, 2, 3, 4, 5, 6, 7]);
    }

    private static readonly Gen<(int Bits, (bool Packed, int Count)[] Runs)> Cases =
        Gen.Choose(1, 24).Zip(Gen.Choose(0, 1).Zip(Gen.Choose(1, 40)).Select(run => (run.Item1 == 1, run.Item2)).NonEmptyListOf().Select(list => list.ToArray()));

    [Fact]
    public void Runs_of_both_kinds_come_back() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Cases.ToArbitrary(), one =>
    {
        var (bits, runs) = one;
        var (expected, bytes, n) = (new List<int>(), new List<byte>(), 1u);
        foreach (var (packed, count) in runs)
        {
            int Number() => (int)((n = (n * 1664525) + 1013904223) >> 8) & ((1 << bits) - 1);
            if (packed)
            {
                var values = Enumerable.Range(0, count * 8).Select(_ => Number()).ToArray();
                bytes.AddRange(Varint((count << 1) | 1));
                var packedBytes = new byte[count * bits];
                for (var i = 0; i < values.Length; i++)
                    for (var b = 0; b < bits; b++)
                        if ((values[i] >> b & 1) != 0) packedBytes[((i * bits) + b) / 8] |= (byte)(1 << (((i * bits) + b) % 8));
                bytes.AddRange(packedBytes);
                expected.AddRange(values);
            }
            else
            {
                var value = Number();
                bytes.AddRange(Varint(count << 1));
                for (var b = 0; b < bits; b += 8) bytes.Add((byte)(value >> b));
                expected.AddRange(Enumerable.Repeat(value, count));
            }
        }
        var found = new int[expected.Count];
        HybridRunLength.Decode(bytes.ToArray(), bits, found);
        found.ShouldBe(expected);
        Should.Throw<InvalidDataException>(() => HybridRunLength.Decode(bytes.ToArray(), bits, new int[expected.Count + 1]));
    }));

    private static byte[] Varint(int value) => value < 128 ? [(byte)value] : [(byte)(value | 128), .. Varint(value >> 7)];
}
