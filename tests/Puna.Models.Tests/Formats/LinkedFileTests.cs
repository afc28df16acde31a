using Puna.Tensors;

namespace Puna.Models.Tests;

/// <summary>Hubs' caches keep files once and link to them: a model read through links is the model.</summary>
public class LinkedFileTests
{
    [SkippableFact]
    public void Folders_and_files_of_links_are_read_as_what_they_lead_to()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need a privilege there");
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var network = TinyLlama.Network();
        ModelFolder.Save(folder["blobs"], TinyLlama.Model(network));
        GgufModel.Save(folder["blobs/m.gguf"], TinyLlama.Model(network), GgufMix.ByName("F32"), pool);
        Directory.CreateDirectory(folder["snapshot"]);
        foreach (var file in Directory.GetFiles(folder["blobs"])) File.CreateSymbolicLink(folder[$"snapshot/{Path.GetFileName(file)}"], $"../blobs/{Path.GetFileName(file)}");
        foreach (var path in new[] { folder["snapshot"], folder["snapshot/m.gguf"] })
            TinyLlama.Weights(ModelPath.Load(path, requireTokenizer: false).Network).ShouldBe(TinyLlama.Weights(network));
    }
}
