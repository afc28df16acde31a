namespace Puna.Tensors;

/// <summary>The sizes and the mask of an attention.</summary>
/// <param name="Batch">Sequences; rows of q are Batch × T, rows of k and v are Batch × S, S ≥ T, the queries being the last T positions.</param>
/// <param name="Heads">Query heads H.</param>
/// <param name="KeyValueHeads">Key and value heads K, dividing H; query head h reads key head h ÷ (H/K).</param>
/// <param name="HeadSize">D.</param>
/// <param name="Causal">Whether a position sees only itself and those before it.</param>
/// <param name="Window">How many positions back it sees, itself included; 0 for all.</param>
public readonly record struct AttentionShape(int Batch, int Heads, int KeyValueHeads, int HeadSize, bool Causal = true, int Window = 0);

/// <summary>Dropout of an attention's weights, after the softmax (as nanoGPT and Hugging Face's attention_dropout).</summary>
/// <param name="Probability">p; 0 for none.</param>
/// <param name="Key">Which mask.</param>
public readonly record struct AttentionDropout(double Probability, DropoutKey Key);

/// <summary>
/// y = softmax(q·kᵀ / √D + mask)·v for each head, in blocks of keys with a running maximum and sum, so that no T × S matrix is ever
/// stored (Dao et al. 2022, Milakov and Gimelshein 2018). q, y [B·T, H·D], k, v [B·S, K·D]; grouped keys are not repeated.
/// With documents (Int32 [B·S]) a position sees only those of its own document. The backward pass recomputes the scores from
/// q, k and the kept logarithm of each row's sum.
/// </summary>
public static class Attention
{
    /// <summary>Attends.</summary>
    /// <param name="tape">Context.</param>
    /// <param name="q">[B·T, H·D].</param>
    /// <param name="k">[B·S, K·D].</param>
    /// <param name="v">[B·S, K·D].</param>
    /// <param name="shape">The sizes and the mask.</param>
    /// <param name="documents">Int32 [B·S] or none.</param>
    /// <param name="forProducts">Whether only matrix products read the result: where these round to bf16 anyway it is kept so, in half the memory.</param>
    /// <param name="dropout">Dropout of the weights; without a training pass there is none.</param>
    /// <exception cref="ArgumentException">Shapes that do not fit; the message has them.</exception>
    public static Tensor Apply(Tape tape, Tensor q, Tensor k, Tensor v, in AttentionShape shape, Tensor? documents = null, bool forProducts = false, AttentionDropout dropout = default)
    {
        if (shape.Batch <= 0 || shape.Heads <= 0 || shape.KeyValueHeads <= 0 || shape.HeadSize <= 0 || shape.Window < 0) throw new ArgumentException($"attention: {shape} has a size that cannot be");
        if (shape.Heads % shape.KeyValueHeads != 0) throw new ArgumentException($"attention: {shape.Heads} heads cannot share {shape.KeyValueHeads} key/value heads");
        if (q.Shape.Columns != (long)shape.Heads * shape.HeadSize || k.Shape.Columns != (long)shape.KeyValueHeads * shape.HeadSize || k.Shape != v.Shape
            || q.Shape.Rows % shape.Batch != 0 || k.Shape.Rows % shape.Batch != 0 || k.Shape.Rows < q.Shape.Rows)
        {
            throw new ArgumentException($"attention: q {q.Shape}, k {k.Shape}, v {v.Shape} do not fit {shape}");
        }
        if (documents is not null && documents.Count != k.Shape.Rows) throw new ArgumentException($"attention: documents {documents.Shape} do not fit k {k.Shape}");
        Dropout.Check(dropout.Probability);
        if (!tape.IsTraining) dropout = default;
        var y = forProducts ? tape.NewOperand(q, q.Shape) : tape.New(q, q.Shape);
        var logSum = tape.New(q, new Shape(q.Shape.Rows, shape.Heads));
        tape.KernelsFor(q).AttentionForward(q, k, v, documents, shape, dropout, y, logSum, tape.Rounds);
        y.RequiresGradient = tape.Recording && (q.RequiresGradient || k.RequiresGradient || v.RequiresGradient);
        if (y.RequiresGradient) tape.Record<Node>().Set(q, k, v, documents, shape, dropout, y, logSum);
        return y;
    }

    private sealed class Node : TapeNode
    {
        private Tensor _q = null!, _k = null!, _v = null!, _y = null!, _logSum = null!;
        private Tensor? _documents;
        private AttentionShape _shape;
        private AttentionDropout _dropout;

        public void Set(Tensor q, Tensor k, Tensor v, Tensor? documents, in AttentionShape shape, in AttentionDropout dropout, Tensor y, Tensor logSum) =>
            (_q, _k, _v, _documents, _shape, _dropout, _y, _logSum) = (q, k, v, documents, shape, dropout, y, logSum);

        public override void Backward(Tape tape)
        {
            if (_y.Gradient is not { } dy) return;
            var dq = tape.GradientOf(_q, out var addQ);
            var dk = tape.GradientOf(_k, out var addK);
            var dv = tape.GradientOf(_v, out var addV);
            if (!addQ && (dq == dk || dq == dv)) Shared(dq, ref addQ);
            if (!addK && dk == dv) Shared(dk, ref addK);
            tape.KernelsFor(dy).AttentionBackward(_q, _k, _v, _documents, _shape, _dropout, _y, _logSum, dy, dq, addQ, dk, addK, dv, addV, tape.Rounds);
        }

        /// <summary>A gradient that belongs to several inputs is added to by each.</summary>
        private static void Shared(Tensor gradient, ref bool add)
        {
            gradient.Clear();
            add = true;
        }
    }
}

public abstract partial class Kernels
{
    /// <summary>Also keeps the logarithm of each row's sum, [B·T, H].</summary>
    internal abstract void AttentionForward(Tensor q, Tensor k, Tensor v, Tensor? documents, in AttentionShape shape, in AttentionDropout dropout, Tensor y, Tensor logSum, bool round);

    /// <summary>Sets or adds to dq, dk and dv.</summary>
    internal abstract void AttentionBackward(Tensor q, Tensor k, Tensor v, Tensor? documents, in AttentionShape shape, in AttentionDropout dropout, Tensor y, Tensor logSum, Tensor dy, Tensor dq, bool addQ, Tensor dk, bool addK, Tensor dv, bool addV, bool round);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void AttentionForward(Tensor q, Tensor k, Tensor v, Tensor? documents, in AttentionShape shape, in AttentionDropout dropout, Tensor y, Tensor logSum, bool round)
    {
        var geometry = AttentionGeometry<T>.Of(q, k, v, documents, shape, dropout);
        if (geometry.Queries <= 2 && !round && !geometry.Dropout.Any)
        {
            _pool.For(shape.Batch * shape.Heads, new AttentionDecodeJob<T, V>(geometry, y.Pointer<T>(), logSum.Pointer<T>(), _scratch.PerWorker((long)geometry.Keys * sizeof(T))));
            return;
        }
        if (ShortAttention<T, V>.Serves(geometry))
        {
            var parts = ShortAttention<T, V>.Parts(geometry, shape.Batch, _pool.ThreadCount);
            _pool.For(shape.Batch * parts, new ShortAttentionForwardJob<T, V>(geometry, Output<T, V>.Of(y), logSum.Pointer<T>(),
                _scratch.PerWorker(ShortAttentionForwardJob<T, V>.ScratchBytes(geometry)), shape.Batch, parts));
            return;
        }
        if (round && _bfloat16 is not null)
        {
            var single = AttentionGeometry<float>.Of(q, k, v, documents, shape, dropout);
            _pool.For(shape.Batch * shape.KeyValueHeads, new BFloat16AttentionForwardJob(single, Output<float, Avx512Lanes>.Of(y), logSum.Pointer<float>(),
                _scratch.PerWorker(BFloat16AttentionForwardJob.ScratchBytes(single, new PackedHead(_bfloat16.Kernel))), _bfloat16.Kernel.Handle));
            return;
        }
        var blocks = (geometry.Queries + AttentionGeometry<T>.QueryBlock - 1) / AttentionGeometry<T>.QueryBlock;
        _pool.For(shape.Batch * shape.Heads * blocks, new AttentionForwardJob<T, V>(geometry, y.Pointer<T>(), logSum.Pointer<T>(),
            _scratch.PerWorker(AttentionForwardJob<T, V>.ScratchBytes(shape.HeadSize, round)), blocks, round));
    }

    internal override void AttentionBackward(Tensor q, Tensor k, Tensor v, Tensor? documents, in AttentionShape shape, in AttentionDropout dropout, Tensor y, Tensor logSum, Tensor dy, Tensor dq, bool addQ, Tensor dk, bool addK, Tensor dv, bool addV, bool round)
    {
        var geometry = AttentionGeometry<T>.Of(q, k, v, documents, shape, dropout);
        var rounded = y.DType == DType.BFloat16 ? y.Pointer<ushort>() : null;
        var gradients = new AttentionGradients<T>(rounded is null ? y.Pointer<T>() : null, rounded, logSum.Pointer<T>(), dy.Pointer<T>(), dq.Pointer<T>(), addQ, dk.Pointer<T>(), addK, dv.Pointer<T>(), addV);
        if (ShortAttention<T, V>.Serves(geometry))
        {
            var parts = ShortAttention<T, V>.Parts(geometry, shape.Batch, _pool.ThreadCount);
            _pool.For(shape.Batch * parts, new ShortAttentionBackwardJob<T, V>(geometry, gradients, _scratch.PerWorker(ShortAttentionBackwardJob<T, V>.ScratchBytes(geometry)), shape.Batch, parts));
            return;
        }
        if (round && _bfloat16 is not null)
        {
            var single = AttentionGeometry<float>.Of(q, k, v, documents, shape, dropout);
            _pool.For(shape.Batch * shape.KeyValueHeads, new BFloat16AttentionBackwardJob(single, gradients.As<float>(),
                _scratch.PerWorker(BFloat16AttentionBackwardJob.ScratchBytes(single, new PackedHead(_bfloat16.Kernel))), _bfloat16.Kernel.Handle));
            return;
        }
        _pool.For(shape.Batch * shape.KeyValueHeads, new AttentionBackwardJob<T, V>(geometry, gradients, _scratch.PerWorker(AttentionBackwardJob<T, V>.ScratchBytes(shape.HeadSize, round)), round));
    }
}
