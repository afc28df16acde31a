namespace Puna.Models;

/// <summary>A tensor that could not have the type that its file's kind gives it, since its rows are no whole number of blocks.</summary>
/// <param name="Tensor">GGUF's name.</param>
/// <param name="Columns">Elements of a row.</param>
/// <param name="Wanted">The type by the kind of file.</param>
/// <param name="Used">The type that it has.</param>
public sealed record GgufFallback(string Tensor, long Columns, string Wanted, string Used)
{
    /// <summary>For example: blk.0.attn_q.weight is Q5_0 instead of Q4_K: its rows of 64 are no multiple of 256.</summary>
    public override string ToString() => $"{Tensor} is {Used} instead of {Wanted}: its rows of {Columns} are no multiple of {GgmlType.ByName(Wanted).ElementsPerBlock}";

    /// <summary>
    /// The type for rows of a length: the one wanted, or llama.cpp's substitute with blocks of 32, or F16 where not even these fit. llama.cpp refuses
    /// Q8_0, Q4_0, Q4_1, Q5_0 and Q5_1 for such rows; here they too become F16, and the list says so.
    /// </summary>
    internal static GgmlType Resolve(string wanted, long columns)
    {
        var type = GgmlType.ByName(wanted);
        if (columns % type.ElementsPerBlock == 0) return type;
        var other = GgmlType.ByName(wanted switch { "Q2_K" or "Q3_K" => "Q4_0", "Q4_K" => "Q5_0", "Q5_K" => "Q5_1", "Q6_K" => "Q8_0", _ => "F16" });
        return columns % other.ElementsPerBlock == 0 ? other : GgmlType.ByName("F16");
    }
}
