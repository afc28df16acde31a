namespace Puna.Tensors;

/// <summary>
/// Two or three linear layers of the same input, y_i = x·W_iᵀ, computed together: x is read and packed once, and so is it for the
/// gradients of the weights. x [rows, K], W_i [N_i, K], y_i [rows, N_i]. Gradients: dx = Σ dy_i·W_i, dW_i = dy_iᵀ·x.
/// </summary>
public static class LinearGroup
{
    private const int Most = 3;

    /// <summary>Two layers: the gate and the input of a feed-forward.</summary>
    /// <exception cref="ArgumentException">Shapes that do not fit; the message has both.</exception>
    public static (Tensor First, Tensor Second) Apply(Tape tape, Tensor x, Tensor first, Tensor second)
    {
        var (a, b) = (New(tape, x, first), New(tape, x, second));
        tape.KernelsFor(x).Products(tape.Rounds, Forward(x, first, a), Forward(x, second, b));
        if (Records(tape, x, first, a) | Records(tape, x, second, b)) tape.Record<Node>().Set(x, first, a, second, b, null, null);
        return (a, b);
    }

    /// <summary>Three layers: the query, key and value of an attention.</summary>
    /// <exception cref="ArgumentException">Shapes that do not fit; the message has both.</exception>
    public static (Tensor First, Tensor Second, Tensor Third) Apply(Tape tape, Tensor x, Tensor first, Tensor second, Tensor third)
    {
        var (a, b, c) = (New(tape, x, first), New(tape, x, second), New(tape, x, third));
        tape.KernelsFor(x).Products(tape.Rounds, Forward(x, first, a), Forward(x, second, b), Forward(x, third, c));
        if (Records(tape, x, first, a) | Records(tape, x, second, b) | Records(tape, x, third, c)) tape.Record<Node>().Set(x, first, a, second, b, third, c);
        return (a, b, c);
    }

    private static ProductCall Forward(Tensor x, Tensor weight, Tensor y) => new(x, false, weight, true, y, false);

    private static Tensor New(Tape tape, Tensor x, Tensor weight) => weight.Shape.Rank == 2 && x.Shape.Columns == weight.Shape[1]
        ? tape.New(x, new Shape(x.Shape.Rows, weight.Shape[0]))
        : throw new ArgumentException($"linear: x {x.Shape} does not fit weight {weight.Shape}");

    private static bool Records(Tape tape, Tensor x, Tensor weight, Tensor y)
    {
        tape.MarkGradientOperand(y);
        return y.RequiresGradient = tape.Recording && (x.RequiresGradient || weight.RequiresGradient);
    }

    private sealed class Node : TapeNode
    {
        private readonly Tensor?[] _weights = new Tensor?[Most], _outputs = new Tensor?[Most];
        private readonly ProductCall[] _calls = new ProductCall[2 * Most];
        private Tensor _x = null!;

        public void Set(Tensor x, Tensor first, Tensor a, Tensor second, Tensor b, Tensor? third, Tensor? c)
        {
            _x = x;
            (_weights[0], _weights[1], _weights[2]) = (first, second, third);
            (_outputs[0], _outputs[1], _outputs[2]) = (a, b, c);
        }

        public override void Backward(Tape tape)
        {
            var count = 0;
            for (var i = 0; i < Most; i++)
            {
                if (_outputs[i]?.Gradient is { } dy && _weights[i]!.RequiresGradient) _calls[count++] = new(dy, true, _x, false, tape.GradientOf(_weights[i]!, out var add), add);
            }
            for (var i = 0; i < Most; i++)
            {
                if (_outputs[i]?.Gradient is { } dy && _x.RequiresGradient) _calls[count++] = new(dy, false, _weights[i]!, false, tape.GradientOf(_x, out var add), add);
            }
            tape.KernelsFor(_x).Products(tape.Rounds, _calls.AsSpan(0, count));
        }
    }
}
