using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Inference.Tests;

/// <summary>A real network of chance weights with a chat template.</summary>
internal sealed class TinyChat : IDisposable
{
    private readonly CpuDevice _device = new(1);

    public TinyChat(int context = 256, ChatTemplate? template = null, ulong seed = 1)
    {
        string[] symbols = template is null ? [.. ChatTemplates.Llama3.RequiredSymbols] : Scripted.Symbols;
        template ??= ChatTemplates.Llama3;
        var tokenizer = CharacterTokenizerTrainer.Train(string.Concat(Enumerable.Range(32, 95).Select(code => (char)code)) + "\n", new CharacterTrainerOptions { ControlSymbols = symbols });
        Network = TinyLlama.Network(TinyLlama.Config(vocabulary: tokenizer.VocabularySize, context: context) with { BosTokenId = 1, EosTokenIds = [2] }, seed);
        Language = new LanguageModel(Network, tokenizer, template);
        Engine = new NetworkEngine(Network, _device);
        Model = new LlamaModel("tiny", Engine, tokenizer, template);
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
