using System.Text.Json;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Reports;
using Puna.Training;

namespace Puna.Cli.Reporting;

/// <summary>Shards for people and for programs. What is shown has been verified.</summary>
internal static class ShardReport
{
    public static void Write(TextWriter output, string path, ShardFolder shards)
    {
        output.WriteLine($"shards {path}");
        output.WriteLine($"  {"format version",-16}  {shards.Manifest.Version}");
        output.WriteLine($"  {"tokenizer",-16}  {shards.Manifest.Tokenizer} ({Figures.Count(shards.Manifest.VocabularySize)} pieces)");
        foreach (var (key, value) in shards.Manifest.Settings) output.WriteLine($"  {key,-26}  {value.Replace("\n", "\\n")}");
        output.WriteLine();
        foreach (var line in ShardSummary.Lines(shards.Manifest)) output.WriteLine($"  {line}");
        output.WriteLine();
        foreach (var file in shards.Files)
            output.WriteLine($"  {Path.GetFileName(file.Path),-32}  {Figures.Count(file.Header.DocumentCount),12} documents  {Figures.Count(file.Header.TokenCount),14} tokens  crc32c {file.Header.PayloadChecksum:x8}  ok");
    }

    public static void Write(TextWriter output, ShardFile shard)
    {
        output.WriteLine($"shard {shard.Path}");
        foreach (var (name, value) in Members(shard)) output.WriteLine($"  {name.Replace('_', ' '),-16}  {(value is long count ? Figures.Count(count) : value)}");
    }

    public static void WriteJson(TextWriter output, ShardFile shard) => JsonOutput.WriteObject(output, json =>
    {
        json.WriteString("path", shard.Path);
        WriteMembers(json, shard);
    });

    public static void WriteJson(TextWriter output, string path, ShardFolder shards) => JsonOutput.WriteObject(output, json =>
    {
        json.WriteString("path", path);
        json.WriteNumber("version", shards.Manifest.Version);
        json.WriteString("tokenizer", shards.Manifest.Tokenizer);
        json.WriteNumber("vocab_size", shards.Manifest.VocabularySize);
        var totals = Enum.GetValues<DataPart>().Select(shards.Manifest.Total).ToArray();
        json.WriteNumber("documents", totals.Sum(part => part.Documents));
        json.WriteNumber("tokens", totals.Sum(part => part.Tokens));
        json.WriteNumber("bytes", totals.Sum(part => part.Bytes));
        json.WriteStartObject("settings");
        foreach (var (key, value) in shards.Manifest.Settings) json.WriteString(key, value);
        json.WriteEndObject();
        json.WriteStartArray("sources");
        foreach (var source in shards.Manifest.Sources)
        {
            json.WriteStartObject();
            json.WriteString("name", source.Name);
            json.WriteNumber("files", source.Files);
            json.WriteNumber("documents_read", source.DocumentsRead);
            json.WriteStartObject("removed");
            foreach (var (reason, count) in source.Removed) json.WriteNumber(reason, count);
            json.WriteEndObject();
            foreach (var (name, part) in source.Parts)
            {
                json.WriteStartObject(name);
                json.WriteNumber("documents", part.Documents);
                json.WriteNumber("tokens", part.Tokens);
                json.WriteNumber("bytes", part.Bytes);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("shards");
        foreach (var file in shards.Files)
        {
            json.WriteStartObject();
            json.WriteString("name", Path.GetFileName(file.Path));
            WriteMembers(json, file);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static void WriteMembers(Utf8JsonWriter json, ShardFile shard)
    {
        foreach (var (name, value) in Members(shard))
        {
            if (value is long count) json.WriteNumber(name, count);
            else json.WriteString(name, value.ToString());
        }
    }

    private static (string Name, object Value)[] Members(ShardFile shard) =>
    [
        ("documents", shard.Header.DocumentCount),
        ("tokens", shard.Header.TokenCount),
        ("text_bytes", shard.Header.TextBytes),
        ("file_bytes", shard.Header.FileBytes),
        ("token_bytes", (long)shard.Header.TokenBytes),
        ("tokenizer", Convert.ToHexStringLower(shard.Header.Fingerprint)),
        ("crc32c", shard.Header.PayloadChecksum.ToString("x8", System.Globalization.CultureInfo.InvariantCulture)),
    ];
}
