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
    private bool _isCheckpointing;

    /// <summary>The device that computes.</summary>
    public Device Device { get; } = device;

    /// <summary>Where outputs and gradients of activations are allocated.</summary>
    public Arena Arena { get; } = arena;

    /// <summary>Whether operations are recorded for <see cref="Backward"/>. Off for inference and evaluation.</summary>
    public bool Recording { get; set; }

    /// <summary>Whether a training pass is under way, recorded or not: dropout applies.</summary>
    internal bool IsTraining => Recording || _isCheckpointing;

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
        Back(0);
        Forget();
    }

    /// <summary>
    /// Runs a part of the network whose gradients' memory is given back when the backward pass leaves it. What comes in and goes out must have been
    /// given its gradient's memory outside: true where residual connections share one.
    /// </summary>
    /// <typeparam name="TResult">What the part returns.</typeparam>
    /// <typeparam name="TState">What it needs.</typeparam>
    public TResult Segment<TResult, TState>(TState state, Func<TState, TResult> part)
    {
        if (!Recording) return part(state);
        var begin = Record<SegmentBegin>();
        var result = part(state);
        Record<SegmentEnd>().Begin = begin;
        return result;
    }

    /// <summary>
    /// Runs a part of the network without keeping its intermediate results; the backward pass computes them again (Chen et al. 2016). It must be a pure
    /// function of <paramref name="x"/> and the weights.
    /// </summary>
    /// <param name="x">The input.</param>
    /// <param name="part">Computes two tensors whose sum is the output.</param>
    /// <returns>The output, of the shape of x.</returns>
    public Tensor Checkpoint(Tensor x, Func<Tensor, (Tensor, Tensor)> part)
    {
        var y = New(x, x.Shape);
        var mark = Arena.Set();
        var recording = Recording;
        (_isCheckpointing, Recording) = (recording, false);
        var (a, b) = part(x);
        (_isCheckpointing, Recording) = (false, recording);
        KernelsFor(x).Sum(a, b, y);
        Arena.Release(mark);
        y.RequiresGradient = recording;
        if (recording) Record<CheckpointNode>().Set(x, part, y);
        return y;
    }

    /// <summary>y = a + b, written to memory that is there and without a record of it.</summary>
    public void AddTo(Tensor y, Tensor a, Tensor b) => KernelsFor(y).Sum(a, b, y);

    /// <summary>The kernels for a tensor's type.</summary>
    internal Kernels KernelsFor(Tensor tensor) => Device.KernelsFor(tensor.DType);

    /// <summary>A tensor of the same type for an operation's output; in single precision where the input is kept in bf16.</summary>
    internal Tensor New(Tensor like, Shape shape) => Arena.Allocate(Computed(like.DType), shape);

    /// <summary>A tensor for an output that only products read: in bf16 where they would round it anyway.</summary>
    internal Tensor NewOperand(Tensor like, Shape shape) => KeepsBFloat16(like) ? Arena.Allocate(DType.BFloat16, shape) : New(like, shape);

    /// <summary>Marks the output of a product whose gradient is read by products alone.</summary>
    internal void MarkGradientOperand(Tensor output) => output.IsGradientOperand = KeepsBFloat16(output);

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
        if (tensor.Gradient is { DType: DType.BFloat16 }) Widen(tensor);
        accumulate = tensor.RequiresGradient && tensor.Gradient is not null && !tensor.IsGradientStale;
        tensor.IsGradientStale = false;
        var type = Computed(tensor.DType);
        if (!tensor.RequiresGradient) return Arena.Allocate(type, tensor.Shape);
        return tensor.Gradient ??= tensor.IsInArena ? Arena.Allocate(type, tensor.Shape) : new Tensor(type, tensor.Shape);
    }

    /// <summary>As <see cref="GradientOf"/>, for an operation that can round what it writes: bf16 where only products read the gradient and it is the first to write it.</summary>
    internal Tensor GradientOperandOf(Tensor tensor, out bool accumulate)
    {
        if (!tensor.IsGradientOperand || !tensor.RequiresGradient || tensor.Gradient is not null) return GradientOf(tensor, out accumulate);
        accumulate = false;
        return tensor.Gradient = Arena.Allocate(DType.BFloat16, tensor.Shape);
    }

    /// <summary>A gradient that is bf16 after all gets a second contribution: it is added up in single precision.</summary>
    private void Widen(Tensor tensor)
    {
        var wide = Arena.Allocate(DType.Float32, tensor.Shape);
        KernelsFor(wide).Widen(tensor.Gradient!, wide);
        tensor.Gradient = wide;
    }

    private bool KeepsBFloat16(Tensor like) => Rounds && like.DType is DType.Float32 or DType.BFloat16 && KernelsFor(like).ReadsBFloat16;

    private static DType Computed(DType type) => type == DType.BFloat16 ? DType.Float32 : type;

    /// <summary>Walks back to the node with this number.</summary>
    private void Back(int first)
    {
        for (var i = _nodes.Count - 1; i >= first; i--) _nodes[i].Backward(this);
    }

    /// <summary>Computes a part again, this time recording, and walks it back.</summary>
    private void Repeat(Tensor x, Func<Tensor, (Tensor, Tensor)> part, Tensor gradient)
    {
        var first = _nodes.Count;
        var mark = Arena.Set();
        var (a, b) = part(x);
        (a.Gradient, b.Gradient) = (gradient, gradient);
        Back(first);
        _nodes.RemoveRange(first, _nodes.Count - first);
        Arena.Release(mark);
    }

    private void Forget()
    {
        _nodes.Clear();
        foreach (var pool in _pools.Values) pool.Used = 0;
    }

    private sealed class SegmentBegin : TapeNode
    {
        public Arena.Mark Mark { get; set; }

        public override void Backward(Tape tape) => tape.Arena.Release(Mark);
    }

    private sealed class SegmentEnd : TapeNode
    {
        public SegmentBegin Begin { get; set; } = null!;

        public override void Backward(Tape tape) => Begin.Mark = tape.Arena.Set();
    }

    private sealed class CheckpointNode : TapeNode
    {
        private Tensor _x = null!, _y = null!;
        private Func<Tensor, (Tensor, Tensor)> _part = null!;

        public void Set(Tensor x, Func<Tensor, (Tensor, Tensor)> part, Tensor y) => (_x, _part, _y) = (x, part, y);

        public override void Backward(Tape tape)
        {
            if (_y.Gradient is { } dy) tape.Repeat(_x, _part, dy);
        }
    }

    private sealed class NodePool
    {
        public List<TapeNode> Nodes { get; } = [];

        public int Used { get; set; }
    }
}
