using Puna.Tensors;

namespace Puna.Models;

/// <summary>Makes a network's weights in their order of use and remembers them by name.</summary>
internal sealed class ParameterFactory(DType type)
{
    public List<Parameter> All { get; } = [];

    public Tensor Matrix(string name, long rows, long columns, bool isStoredTransposed = false) => Make(name, new Shape(rows, columns), isStoredTransposed);

    public Tensor Vector(string name, long size) => Make(name, new Shape(size));

    private Tensor Make(string name, Shape shape, bool isStoredTransposed = false)
    {
        var tensor = new Tensor(type, shape) { RequiresGradient = true };
        All.Add(new Parameter(name, tensor) { IsStoredTransposed = isStoredTransposed });
        return tensor;
    }
}
