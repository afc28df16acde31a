using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>A small Llama in a file of some number format, and engines on it.</summary>
internal sealed class FileLlama : IDisposable
{
    public const int Vocabulary = 320;
    private readonly TemporaryFolder _folder = new();
    private readonly List<IDisposable> _open = [];

    public FileLlama(string type, int context = 1024)
    {
        using var pool = new WorkerPool(2);
        var config = LlamaConfig.Create(256, 512, 2, 8, 4, Vocabulary, context) with { InitializerRange = 0.08 };
        GgufModel.Save(_folder["m.gguf"], TinyLlama.Model(TinyLlama.Network(config)), GgufMix.ByName(type), pool);
    }

    /// <summary>Bytes of a page of such a cache.</summary>
    public static long PageBytes(CacheType type) => new CacheLayout(type, 2, 4, 32).PageBytes;

    /// <summary>An engine with so many pages of cache; 0 for as many as there is memory.</summary>
    public LlamaEngine Open(CacheType type, int pages = 0)
    {
        var source = ModelSource.Open(_folder["m.gguf"], requireTokenizer: false);
        var runner = new EngineRunner((LlamaConfig)source.Config, source.Weights, new EngineOptions { CacheType = type, CacheBytes = pages * PageBytes(type) });
        _open.AddRange([source, runner]);
        return runner.Engine;
    }

    public void Dispose()
    {
        for (var i = _open.Count - 1; i >= 0; i--) _open[i].Dispose();
        _folder.Dispose();
    }
}
