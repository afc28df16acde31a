using System.Buffers.Binary;
using System.Text;

namespace Puna.Models;

/// <summary>Reads a GGUF header from front to back. Nothing is taken from beyond the file's end, and no length is believed before it is compared with what is left.</summary>
internal sealed class GgufCursor(MappedView view, long length, string path)
{
    private static readonly UTF8Encoding Strict = new(false, true);

    public long Position { get; private set; }

    public long Left => length - Position;

    /// <summary>The next bytes.</summary>
    public ReadOnlySpan<byte> Take(int bytes, string what)
    {
        if (bytes > Left) throw Bad($"is cut short: {what} at byte {Position} needs {bytes} bytes, the file has {Left} left");
        var taken = view.Bytes(Position, bytes);
        Position += bytes;
        return taken;
    }

    public uint Word(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, what));

    public ulong Long(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(8, what));

    /// <summary>A count of things that take at least so many bytes each.</summary>
    public int Count(string what, int least)
    {
        var at = Position;
        var count = Long(what);
        return count <= (ulong)(Left / least) && count <= int.MaxValue ? (int)count : throw Bad($"claims {count} for {what} at byte {at}, with {Left} bytes left in the file; it is damaged or cut short");
    }

    public string Text(string what)
    {
        var at = Position;
        var bytes = Long(what);
        if (bytes > (ulong)Math.Min(Left, int.MaxValue)) throw Bad($"is damaged or cut short: {what} at byte {at} claims {bytes} bytes, the file has {Left} left");
        try
        {
            return Strict.GetString(Take((int)bytes, what));
        }
        catch (DecoderFallbackException)
        {
            throw Bad($"holds text that is not UTF-8: {what} at byte {at}");
        }
    }

    /// <summary>A text that sentences may repeat.</summary>
    public string Name(string what) => Text(what) is var name && name.Any(char.IsControl) ? throw Bad($"has a control character in {what}") : name;

    public InvalidDataException Bad(string what) => new($"gguf: {path} {what}");
}
