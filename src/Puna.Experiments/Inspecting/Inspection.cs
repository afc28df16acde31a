namespace Puna.Experiments.Inspecting;

/// <summary>What was found out about a file, a folder or a shape.</summary>
/// <param name="Kind">model, run, gguf, weights, tokenizer or shape.</param>
/// <param name="Name">The path or name that was asked for.</param>
public sealed record Inspection(string Kind, string Name)
{
    /// <summary>Figures in the order in which they are shown: a name in JSON's spelling, and text, a whole number, a number, true or false, or null. Names of sizes end in <c>_bytes</c>.</summary>
    public IReadOnlyList<(string Name, object? Value)> Figures { get; init; } = [];

    /// <summary>The tensors in the files.</summary>
    public IReadOnlyList<InspectedTensor> Tensors { get; init; } = [];
}

/// <summary>A tensor in a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Element type as the file spells it.</param>
/// <param name="Shape">Sizes, outermost first.</param>
public sealed record InspectedTensor(string Name, string Type, IReadOnlyList<long> Shape);
