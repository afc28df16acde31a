namespace Puna.Inference;

/// <summary>
/// A vocabulary's control symbols among the bytes of a grammar: 0xFF, which no UTF-8 has, and the id in three bytes. So a grammar can want such a symbol, and nothing
/// that is spelled can be mistaken for it.
/// </summary>
internal static class SymbolCode
{
    /// <summary>The byte with which every code begins; no text has it.</summary>
    public const byte Mark = 0xFF;

    /// <summary>The bytes of a control symbol.</summary>
    public static byte[] Of(int id) => [Mark, (byte)(id >> 16), (byte)(id >> 8), (byte)id];
}
