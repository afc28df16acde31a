using System.Diagnostics;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Tensors;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Tests.Pretraining;

/// <summary>Data far larger than what is held of them.</summary>
public class StreamedMemoryTests
{
    private const long TextBytes = 300L << 20, Bound = 200L << 20;

    [Fact, Trait("Category", "Long")]
    public void Preparing_300_MiB_of_text_keeps_the_process_below_200_MiB_more()
    {
        var root = Directory.CreateTempSubdirectory("puna-memory-").FullName;
        try
        {
            Prepare(root, 4L << 20, "small"); // what the program itself and the just-in-time compiler need
            using var process = Process.GetCurrentProcess();
            var before = process.WorkingSet64;
            var peak = 0L;
            using var watch = new Timer(_ =>
            {
                using var now = Process.GetCurrentProcess();
                peak = Math.Max(peak, now.WorkingSet64);
            }, null, 0, 50);
            var manifest = Prepare(root, TextBytes, "large");
            manifest.Total(DataPart.Train).Bytes.ShouldBeGreaterThan(TextBytes * 9 / 10);
            (peak - before).ShouldBeLessThan(Bound);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static ShardManifest Prepare(string root, long bytes, string name)
    {
        var file = Path.Combine(root, name + ".txt");
        using (var writer = new StreamWriter(file))
        {
            var random = new CounterRandom(3);
            for (long written = 0, document = 0; written < bytes; document++)
            {
                var text = $"document {document}: " + string.Join(' ', Enumerable.Range(0, 300).Select(_ => Words[random.Next(Words.Length)]));
                writer.Write(text);
                writer.Write("\n\n");
                written += text.Length + 2;
            }
        }
        CharacterTokenizerTrainer.Train("abcdefghijklmnopqrstuvwxyz 0123456789:").Save(Path.Combine(root, "tokenizer"));
        var recipe = RecipeLoader.Load("tiny-llama", ["data.deduplicate=exact", $"tokenizer.path=\"{Path.Combine(root, "tokenizer")}\""], [file]);
        var (shards, _) = ShardPreparation.Prepare(recipe, Path.Combine(root, name), ShardReuse.Never, 2, new SilentDisplay());
        using (shards) return shards.Manifest;
    }

    private static readonly string[] Words = [.. Enumerable.Range(0, 500).Select(i => $"w{i * 37 % 1000}rd")];
}
