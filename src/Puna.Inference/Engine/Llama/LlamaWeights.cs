using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference;

/// <summary>A Llama's weights as an engine wants them: matrices in the format of their file, norms in single precision.</summary>
internal sealed unsafe class LlamaWeights : IDisposable
{
    private readonly List<(string Name, BlockMatrix Matrix)> _matrices = [];
    private readonly bool _isTied; // the output is the embeddings
    private NativeBuffer? _copy;

    /// <summary>Opens all matrices where they lie.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing or cannot be read.</exception>
    public LlamaWeights(LlamaConfig config, StoredWeights weights)
    {
        weights.Require(config);
        Embeddings = Add(weights, "model.embed_tokens.weight");
        Layers = [.. Enumerable.Range(0, config.LayerCount).Select(layer => new Layer(this, weights, $"model.layers.{layer}."))];
        Norm = weights.Read("model.norm.weight", DType.Float32);
        _isTied = config.TieWordEmbeddings;
        Output = Add(weights, _isTied ? "model.embed_tokens.weight" : "lm_head.weight");
    }

    /// <summary>[V, C], looked up in.</summary>
    public BlockMatrix Embeddings { get; }

    /// <summary>The blocks.</summary>
    public Layer[] Layers { get; }

    /// <summary>[C].</summary>
    public Tensor Norm { get; }

    /// <summary>[V, C], multiplied with.</summary>
    public BlockMatrix Output { get; }

    /// <summary>Bytes where the files are mapped.</summary>
    public long MappedBytes { get; private set; }

    /// <summary>Bytes of copies.</summary>
    public long CopiedBytes => _matrices.Sum(matrix => matrix.Matrix.CopiedBytes);

    /// <summary>Whether all matrices hold single precision.</summary>
    public bool IsSingle => _matrices.All(matrix => matrix.Matrix.Format.Name == "F32");

    /// <summary>Prepares every matrix that is multiplied with; with copies, the pages of what was copied may leave the process' memory.</summary>
    public void Prepare(InferenceKernels kernels, StoredWeights weights, bool repack)
    {
        var names = _matrices.Where(matrix => !ReferenceEquals(matrix.Matrix, Embeddings)).ToDictionary(matrix => matrix.Matrix, matrix => matrix.Name);
        if (repack) _copy = kernels.Repack([.. names.Keys], Copied);
        else
            foreach (var matrix in names.Keys) kernels.Prepare(matrix);
        MappedBytes = _matrices.Where(matrix => matrix.Matrix.CopiedBytes == 0).Sum(matrix => matrix.Matrix.Bytes);

        void Copied(BlockMatrix matrix)
        {
            if (!ReferenceEquals(matrix, Output) || !_isTied) weights.Forget(names[matrix]);
        }
    }

    /// <summary>A short name for these weights, as the file has them.</summary>
    public string Identify(LlamaConfig config) => WeightSample.Identify(config, _matrices);

    /// <inheritdoc/>
    public void Dispose() => _copy?.Dispose();

    private BlockMatrix Add(StoredWeights weights, string name)
    {
        var matrix = weights.Matrix(name);
        _matrices.Add((name, matrix));
        return matrix;
    }

    /// <summary>A block.</summary>
    internal sealed class Layer(LlamaWeights owner, StoredWeights weights, string prefix)
    {
        /// <summary>[C].</summary>
        public Tensor AttentionNorm { get; } = weights.Read(prefix + "input_layernorm.weight", DType.Float32);

        /// <summary>[H·D, C].</summary>
        public BlockMatrix Query { get; } = owner.Add(weights, prefix + "self_attn.q_proj.weight");

        /// <summary>[K·D, C].</summary>
        public BlockMatrix Key { get; } = owner.Add(weights, prefix + "self_attn.k_proj.weight");

        /// <summary>[K·D, C].</summary>
        public BlockMatrix Value { get; } = owner.Add(weights, prefix + "self_attn.v_proj.weight");

        /// <summary>[C, H·D].</summary>
        public BlockMatrix Output { get; } = owner.Add(weights, prefix + "self_attn.o_proj.weight");

        /// <summary>[C].</summary>
        public Tensor FeedForwardNorm { get; } = weights.Read(prefix + "post_attention_layernorm.weight", DType.Float32);

        /// <summary>[F, C].</summary>
        public BlockMatrix Gate { get; } = owner.Add(weights, prefix + "mlp.gate_proj.weight");

        /// <summary>[F, C].</summary>
        public BlockMatrix Up { get; } = owner.Add(weights, prefix + "mlp.up_proj.weight");

        /// <summary>[C, F].</summary>
        public BlockMatrix Down { get; } = owner.Add(weights, prefix + "mlp.down_proj.weight");
    }
}
