using Puna.Inference;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Evaluation.Tests;

/// <summary>A Llama of chance weights over characters, its engine, and log-probabilities worked out beside it.</summary>
internal sealed class TinyModel : IDisposable
{
    public const string Text = "in the autumn the cat sat on the mat and the rat ate the oat that the cat had not eaten at all\n";
    private readonly CpuDevice _device = new(2);
    private readonly Forwarder _forwarder = new();

    public TinyModel(ulong seed = 1, bool begins = true, string? alphabet = null)
    {
        Tokenizer = CharacterTokenizerTrainer.Train(alphabet ?? Text);
        Network = TinyLlama.Network(TinyLlama.Config(vocabulary: Tokenizer.VocabularySize) with { BosTokenId = begins ? Tokenizer.BosId : null }, seed);
        Engine = new NetworkEngine(Network, _device);
    }

    public Tokenizer Tokenizer { get; }

    public Transformer Network { get; }

    public LlamaConfig Config => (LlamaConfig)Network.Config;

    public InferenceEngine Engine { get; }

    /// <summary>ln p of every token after each of these, [position][V], in double precision from the logits.</summary>
    public double[][] LogProbabilities(int[] ids) => [.. _forwarder.Logits(Network, ids).Select(row =>
    {
        var sum = row.Sum(z => Math.Exp((double)z - row.Max()));
        return row.Select(z => z - row.Max() - Math.Log(sum)).ToArray();
    })];

    public Dictionary<string, double> Run(IEvaluationTask task, EvaluationSettings settings, InferenceEngine? engine = null) =>
        task.Run(engine ?? Engine, Tokenizer, settings).ToDictionary(figure => figure.Name, figure => figure.Value);

    public void Dispose()
    {
        Engine.Dispose();
        _forwarder.Dispose();
        _device.Dispose();
    }
}
