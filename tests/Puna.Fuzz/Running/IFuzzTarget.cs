using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>A kind of file, the damage that is done to it, and the reader that must bear it.</summary>
internal interface IFuzzTarget
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>How many bytes the reader may allocate, managed and native together, for each byte of the files.</summary>
    int Multiple { get; }

    /// <summary>How many bytes beside that, for what does not depend on the file.</summary>
    long Constant { get; }

    /// <summary>A damaged file: a function of the random numbers alone.</summary>
    byte[] Make(CounterRandom random);

    /// <summary>Reads it as deep as a command of the program would.</summary>
    /// <returns>Bytes of the files that were read beside it.</returns>
    /// <exception cref="InvalidDataException">One of the sentences that a user may see. Anything else that is thrown is a finding.</exception>
    long Read(byte[] bytes, FuzzFolder folder);

    /// <summary>Whether the reader got past magic number, version and counts, or past the syntax.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="refusal">What the reader said; null where it read the file.</param>
    bool IsPastHeader(byte[] bytes, string? refusal);
}
