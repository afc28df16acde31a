namespace Puna.Tensors;

/// <summary>
/// The context of a computation: where outputs are allocated, which kernels run, how precise products are, and, while
/// <see cref="Recording"/>, the list of operations to walk back. After the first step it allocates nothing on the managed heap.
/// Not safe for use by several threads.
/// </summary>
public sealed class Tape(Device device, Arena arena)
{
    private readonly List<TapeNode> _nodes = [];
    private readonly Dictionary<Type, NodePool> _pools = [];

    /// <summary>The device that computes.</summary>
    public Device Device { get; } = device;

    /// <summary>Where outputs and gradients of activations are allocated.</summary>
    public Arena Arena { get; } = arena;

    /// <summary>Whether operations are recorded for <see cref="Backward"/>. Off for inference and evaluation.</summary>
    public bool Recording { get; set; }

    /// <summary>Precision of matrix products.</summary>
    public Precision Precision { get; set; } = Precision.Float32;

    /// <summary>Whether products round their operands to bf16.</summary>
    internal bool Rounds => Precision == Precision.BFloat16;

    /// <summary>Forgets the recorded operations and gives back all memory of the step.</summary>
    public void Reset()
    {
        Forget();
        Arena.Reset();
    }

    /// <summary>
    /// Walks the recorded operations back from a scalar (or from several outputs whose <see cref="Tensor.Gradient"/> the caller has set)
    /// and adds to the gradient of every tensor that requires one. The gradients of outputs are used up: their memory may become an input's.
    /// </summary>
    /// <param name="loss">A tensor of one element whose gradient becomes 1; null where the caller has set gradients itself.</param>
    public void Backward(Tensor? loss = null)
    {
        if (loss is not null)
        {
            if (loss.Count != 1) throw new ArgumentException($"the loss must be one number, not {loss.Shape}");
            var one = Arena.Allocate(loss.DType, loss.Shape);
            if (loss.DType == DType.Float64) one.Span<double>()[0] = 1;
            else one.Span<float>()[0] = 1;
            loss.Gradient = one;
        }
        for (var i = _nodes.Count - 1; i >= 0; i--) _nodes[i].Backward(this);
        Forget();
    }

    /// <summary>The kernels for a tensor's type.</summary>
    internal Kernels KernelsFor(Tensor tensor) => Device.KernelsFor(tensor.DType);

    /// <summary>A tensor of the same type for an operation's output.</summary>
    internal Tensor New(Tensor like, Shape shape) => Arena.Allocate(like.DType, shape);

    /// <summary>A pooled node, recorded as the latest.</summary>
    internal TNode Record<TNode>() where TNode : TapeNode, new()
    {
        if (!_pools.TryGetValue(typeof(TNode), out var pool)) _pools.Add(typeof(TNode), pool = new NodePool());
        if (pool.Used == pool.Nodes.Count) pool.Nodes.Add(new TNode());
        var node = (TNode)pool.Nodes[pool.Used++];
        _nodes.Add(node);
        return node;
    }

    /// <summary>
    /// The gradient of a tensor, for an operation to write or add to; a scrap of memory where the tensor wants none.
    /// </summary>
    /// <param name="tensor">The input whose gradient is wanted.</param>
    /// <param name="accumulate">True where the gradient exists and must be added to; false where the memory is new and must be written.</param>
    internal Tensor GradientOf(Tensor tensor, out bool accumulate)
    {
        accumulate = tensor.RequiresGradient && tensor.Gradient is not null;
        if (!tensor.RequiresGradient) return Arena.Allocate(tensor.DType, tensor.Shape);
        return tensor.Gradient ??= Arena.Allocate(tensor.DType, tensor.Shape);
    }

    private void Forget()
    {
        _nodes.Clear();
        foreach (var pool in _pools.Values) pool.Used = 0;
    }

    private sealed class NodePool
    {
        public List<TapeNode> Nodes { get; } = [];

        public int Used { get; set; }
    }
}
