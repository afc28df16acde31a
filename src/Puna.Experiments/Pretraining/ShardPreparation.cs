using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Pretraining;

/// <summary>What to do with shards that are there.</summary>
public enum ShardReuse
{
    /// <summary>Use them where they fit the recipe, else refuse.</summary>
    Require,

    /// <summary>Use them where they fit the recipe, else write them anew.</summary>
    Replace,

    /// <summary>Write them anew.</summary>
    Never,
}

/// <summary>Writes a recipe's data as tokenised shards, or finds them written.</summary>
public static class ShardPreparation
{
    /// <summary>Shards that fit the recipe, opened, with the tokenizer they were made with.</summary>
    /// <param name="recipe">With data.</param>
    /// <param name="folder">Where the shards are or go. A folder with anything but shards in it is left alone.</param>
    /// <param name="reuse">What to do with shards that are there.</param>
    /// <param name="threads">Threads; 0 for the machine's.</param>
    /// <param name="display">Where to say what happens.</param>
    /// <param name="cancellation">Stops; nothing is left behind.</param>
    /// <exception cref="InvalidDataException">The data cannot be read, or the folder holds something else or shards of another tokenizer or of other settings.</exception>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static (ShardFolder Shards, Tokenizer Tokenizer) Prepare(Recipe recipe, string folder, ShardReuse reuse, int threads, IRunDisplay display, CancellationToken cancellation = default)
    {
        recipe.RequireData();
        StreamedSettings.Proportions(recipe);
        var count = threads > 0 ? threads : ProcessorLimits.DefaultThreads();
        RequireOwnFolder(folder);
        var isThere = ShardFolder.Exists(folder) && reuse != ShardReuse.Never;
        var sources = Find(recipe, isThere, display);
        var settings = StreamedSettings.Describe(recipe, sources ?? []);
        if (isThere)
        {
            var given = recipe.Tokenizer.Path is { } path ? TokenizerPath.Load(path) : null;
            var manifest = ShardManifest.Read(folder);
            var difference = sources is null && manifest.Sources.Count != recipe.Data.Train.Count + recipe.Data.Validation.Count
                ? $"the shards were made from {manifest.Sources.Count} sources, the recipe names {recipe.Data.Train.Count + recipe.Data.Validation.Count}"
                : Difference(manifest, settings, given, hasSources: sources is not null);
            if (difference is null) return Open(folder, given, count, display, cancellation);
            if (reuse == ShardReuse.Require || sources is null) throw new InvalidDataException($"{folder}: {difference}; give another data.shards, or write these anew with puna data prepare --overwrite");
        }
        sources ??= StreamedSettings.Sources(recipe);
        display.Stage("tokenizer");
        var tokenizer = recipe.Tokenizer.Path is { } file ? TokenizerPath.Load(file) : TokenizerChoice.Make(recipe.Tokenizer, TokenizerSample.Read(sources, recipe.Data.Train.Count, display), display, cancellation);
        display.Stage("write the shards");
        var files = sources.Sum(source => source.Files.Count);
        display.Say($"{files} {(files == 1 ? "file" : "files")}, {Figures.Count(sources.Sum(source => source.Files.Sum(one => FileSize.Of(one))))} bytes, vocabulary {tokenizer.VocabularySize}");
        AtomicFolder.Write(folder, temporary => ShardBuilder.Write(temporary, sources, tokenizer, StreamedSettings.Options(recipe, count), settings, new Progress(display), cancellation));
        var shards = ShardFolder.Open(folder);
        foreach (var line in ShardSummary.Lines(shards.Manifest)) display.Say(line);
        return (shards, tokenizer);
    }

    /// <summary>The sources with their files. Where shards are there already the files may be gone: null, and that is said.</summary>
    private static IReadOnlyList<ShardSource>? Find(Recipe recipe, bool mayBeGone, IRunDisplay display)
    {
        try
        {
            return StreamedSettings.Sources(recipe);
        }
        catch (FileNotFoundException exception) when (mayBeGone)
        {
            display.Say($"only the shards are used, not compared with the text they were made from: {exception.Message}");
            return null;
        }
    }

    private static (ShardFolder Shards, Tokenizer Tokenizer) Open(string folder, Tokenizer? tokenizer, int threads, IRunDisplay display, CancellationToken cancellation)
    {
        display.Stage("check the shards");
        var shards = ShardFolder.Open(folder);
        try
        {
            shards.Verify(threads, new Progress(display), cancellation);
            tokenizer ??= Tokenizers.Load(folder);
            if (Convert.ToHexStringLower(TokenizerFingerprint.Of(tokenizer)) != shards.Manifest.Tokenizer)
                throw new InvalidDataException($"{folder}: the tokenizer beside the shards is not the one they were made with; write them anew with puna data prepare --overwrite");
            display.Say($"shards of {folder} are used again");
            foreach (var line in ShardSummary.Lines(shards.Manifest)) display.Say(line);
            return (shards, tokenizer);
        }
        catch
        {
            shards.Dispose();
            throw;
        }
    }

    /// <summary>What tells the shards from those that the recipe would give; null for nothing.</summary>
    private static string? Difference(ShardManifest manifest, IReadOnlyDictionary<string, string> settings, Tokenizer? given, bool hasSources)
    {
        if (given is not null && Convert.ToHexStringLower(TokenizerFingerprint.Of(given)) != manifest.Tokenizer)
            return $"the shards were made with another tokenizer (of {manifest.VocabularySize} pieces) than the one of this run (of {given.VocabularySize})";
        foreach (var key in settings.Keys.Union(manifest.Settings.Keys))
        {
            var (there, here) = (manifest.Settings.GetValueOrDefault(key, "none"), settings.GetValueOrDefault(key, "none"));
            if (!hasSources && (key.StartsWith("data.train ", StringComparison.Ordinal) || key.StartsWith("data.validation ", StringComparison.Ordinal))) continue;
            if (there == here || (given is not null && key.StartsWith("tokenizer.", StringComparison.Ordinal))) continue;
            return $"the shards were made from something else, {key} was {Short(there)} and is {Short(here)}";
        }
        return null;
    }

    private static string Short(string text) => $"'{(text.Length > 160 ? text[..157] + "…" : text).Replace("\n", "\\n")}'";

    /// <summary>A folder is replaced as a whole, so it must be one that shards were written to, or empty.</summary>
    private static void RequireOwnFolder(string folder)
    {
        if (File.Exists(folder)) throw new InvalidDataException($"{folder} is a file; shards need a folder");
        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any()) return;
        if (!ShardFolder.Exists(folder)) throw new InvalidDataException($"{folder} has files in it but no shards, so it is left alone; choose another folder for the shards");
        var foreign = Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).FirstOrDefault(name => name != ShardManifest.FileName && !name!.EndsWith(".shard", StringComparison.Ordinal) && !name.StartsWith("tokenizer", StringComparison.Ordinal));
        if (foreign is not null) throw new InvalidDataException($"{folder} holds '{foreign}' beside its shards, which would be lost when they are replaced; move it away or choose another folder");
    }

    private sealed class Progress(IRunDisplay display) : IProgress<double>
    {
        public void Report(double value) => display.Progress(value);
    }
}
