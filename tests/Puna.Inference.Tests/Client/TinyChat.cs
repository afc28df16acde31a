using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Inference.Tests;

/// <summary>A real network of chance weights with a chat template.</summary>
internal sealed class TinyChat : IDisposable
{
    private readonly CpuDevice _device = new(1);

    public TinyChat(int context = 256)
    {
        var tokenizer = CharacterTokenizerTrainer.Train(string.Concat(Enumerable.Range(32, 95).Select(code => (char)code)) + "\n", new CharacterTrainerOptions { ControlSymbols = [.. ChatTemplates.Llama3.RequiredSymbols] });
        Network = TinyLlama.Network(TinyLlama.Config(vocabulary: tokenizer.VocabularySize, context: context) with { BosTokenId = 1, EosTokenIds = [2] });
        Language = new LanguageModel(Network, tokenizer, ChatTemplates.Llama3);
        Engine = new NetworkEngine(Network, _device);
        Model = new LlamaModel("tiny", Engine, tokenizer, ChatTemplates.Llama3);
    }

    public Transformer Network { get; }

    public LanguageModel Language { get; }

    public NetworkEngine Engine { get; }

    public LlamaModel Model { get; }

    public TextGenerator NewGenerator() => new(Language, _device);

    public void Dispose()
    {
        Model.Dispose();
        _device.Dispose();
    }
}
