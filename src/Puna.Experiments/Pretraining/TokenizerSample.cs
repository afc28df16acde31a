using System.Text;
using Puna.Experiments.Reports;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Pretraining;

/// <summary>Text to train a tokenizer on where the data are streamed: the beginnings of all training files, each as much as the others, up to a bound.</summary>
internal static class TokenizerSample
{
    /// <summary>Characters in all, 64 MiB of memory.</summary>
    public const int Characters = 1 << 25;

    public static string Read(IReadOnlyList<ShardSource> sources, int trainingSources, IRunDisplay display, int characters = Characters)
    {
        var files = sources.Take(trainingSources).SelectMany(source => source.Files.Select(file => (file, source.Options))).ToArray();
        var text = new StringBuilder();
        for (var i = 0; i < files.Length; i++)
        {
            // what a short file leaves is for those after it
            var limit = text.Length + ((characters - text.Length) / (files.Length - i));
            foreach (var document in DocumentReader.Read(files[i].file, files[i].Options))
            {
                if (text.Length > 0) text.Append('\n');
                text.Append(document.AsSpan(0, Math.Min(document.Length, Math.Max(0, limit - text.Length))));
                if (text.Length >= limit) break;
            }
        }
        display.Say($"the tokenizer learns from {Figures.Count(text.Length)} characters{(text.Length >= characters ? ", a sample from the beginning of every file" : "")}");
        return text.ToString();
    }
}
