namespace Puna.Tensors;

/// <summary>Operations on rows of activations: on the caller's thread for few rows, on all threads for many.</summary>
internal sealed unsafe class RowsWork<V>(WorkerPool pool) : ParallelWork
    where V : unmanaged, ILanes<V, float>
{
    private const int FewNumbers = 16384; // below, sharing costs more than it spares
    private bool _isNorm;
    private float* _a, _b, _weight, _y;
    private int _columns;
    private long _stride;
    private float _epsilon;

    public void AddRmsNorm(float* x, float* branch, float* weight, float* y, int tokens, int columns, long stride, float epsilon)
    {
        (_isNorm, _columns, _stride, _epsilon) = (true, columns, stride, epsilon);
        _a = x;
        _b = branch;
        _weight = weight;
        _y = y;
        Go(tokens);
    }

    public void SwiGlu(float* gate, float* up, int tokens, int columns, long stride)
    {
        (_isNorm, _columns, _stride) = (false, columns, stride);
        _a = gate;
        _b = up;
        Go(tokens);
    }

    protected override void Piece(int index, int worker)
    {
        if (_isNorm) Norm(_a + (index * _stride), _b is null ? null : _b + (index * _stride), _y + (index * _stride));
        else Gate(_a + (index * _stride), _b + (index * _stride));
    }

    private void Go(int tokens)
    {
        if (tokens > 1 && (long)tokens * _columns > FewNumbers)
        {
            Share(pool, tokens);
            return;
        }
        for (var t = 0; t < tokens; t++) Piece(t, 0);
    }

    private void Norm(float* x, float* branch, float* y)
    {
        var n = _columns;
        if (branch is not null)
        {
            var at = 0;
            for (; at + V.Count <= n; at += V.Count) V.Store(V.Load(x + at) + V.Load(branch + at), x + at);
            for (; at < n; at++) x[at] += branch[at];
        }
        var (sum, i) = (V.Create(0), 0);
        for (; i + V.Count <= n; i += V.Count)
        {
            var v = V.Load(x + i);
            sum = V.MultiplyAdd(v, v, sum);
        }
        var total = V.Sum(sum);
        for (; i < n; i++) total += x[i] * x[i];
        var scale = 1 / MathF.Sqrt((total / n) + _epsilon);
        var factor = V.Create(scale);
        for (i = 0; i + V.Count <= n; i += V.Count) V.Store(V.Load(x + i) * factor * V.Load(_weight + i), y + i);
        for (; i < n; i++) y[i] = x[i] * scale * _weight[i];
    }

    private void Gate(float* gate, float* up)
    {
        // rows are padded, so that whole registers may be computed
        var (one, zero) = (V.Create(1), V.Create(0));
        for (var i = 0; i < _columns; i += V.Count)
        {
            var g = V.Load(gate + i);
            V.Store(g / (one + V.Exp(zero - g)) * V.Load(up + i), gate + i);
        }
    }
}
