using Puna.Tests;

namespace Puna.Cli.Tests;

public sealed class DataTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private string[] Prepare(params string[] more) =>
        ["data", "prepare", "--data", Tiny.Text, SharedData.Golden("parquet/hp-snappy.parquet"), "--vocab-size", "80", "--set", "tokenizer.character_coverage=0.9", "--set", "data.document_separator=\"\\n\"", "--output", _scratch["shards"], .. more];

    [Fact]
    public void Preparing_counts_and_inspecting_verifies()
    {
        var prepared = CommandLine.Done(Prepare("--deduplicate", "exact", "--json"));
        var json = prepared.Json;
        json.GetProperty("vocab_size").GetInt32().ShouldBe(80);
        json.GetProperty("sources")[1].GetProperty("removed").GetProperty("exact_duplicate").GetInt64().ShouldBeGreaterThan(20);
        json.GetProperty("tokens").GetInt64().ShouldBeGreaterThan(json.GetProperty("documents").GetInt64());
        prepared.Error.ShouldContain("exact_duplicate");
        var inspected = CommandLine.Done("data", "inspect", _scratch["shards"], "--json").Json;
        foreach (var name in (string[])["documents", "tokens", "bytes"]) inspected.GetProperty(name).GetInt64().ShouldBe(json.GetProperty(name).GetInt64());
        var text = CommandLine.Done("data", "inspect", _scratch["shards"]).Output;
        foreach (var words in (string[])["train-01-00000.shard", "ok", "hp-snappy.parquet", "data.deduplicate"]) text.ShouldContain(words);
        CommandLine.Done("data", "inspect", _scratch["shards/train-01-00000.shard"]).Output.ShouldContain("crc32c");
        CommandLine.Done("data", "inspect", _scratch["shards/train-01-00000.shard"], "--json").Json.GetProperty("token_bytes").GetInt32().ShouldBe(2);

        var again = CommandLine.Done(Prepare("--deduplicate", "exact"));
        again.Error.ShouldContain("used again");
        again.Output.Trim().ShouldBe(_scratch["shards"]);
        CommandLine.Refused(Prepare(), "data.deduplicate was 'exact' and is 'none'", "--overwrite");
        CommandLine.Done(Prepare("--overwrite")).Error.ShouldNotContain("exact_duplicate");
    }

    [Fact]
    public void Damaged_and_missing_shards_are_refused()
    {
        CommandLine.Done(Prepare());
        var shard = _scratch["shards/train-00-00000.shard"];
        var bytes = File.ReadAllBytes(shard);
        bytes[^20] ^= 1;
        File.WriteAllBytes(shard, bytes);
        CommandLine.Refused(["data", "inspect", _scratch["shards"]], "train-00-00000.shard", "checksum");
        CommandLine.Refused(["data", "inspect", shard], "checksum");
        CommandLine.Refused(Prepare(), "checksum");
        CommandLine.Refused(["data", "inspect", _scratch["none"]], "none");
        CommandLine.Refused(["data", "inspect", _scratch.Folder], "holds no shards");
        CommandLine.Refused(["data", "inspect", Tiny.Text], "no shard of tokens");
    }

    [Fact]
    public void What_is_missing_or_misspelt_is_named()
    {
        CommandLine.Refused(["data", "prepare", "--data", Tiny.Text], "--output");
        CommandLine.Refused(["data", "prepare", "--output", _scratch["shards"]], "--data");
        CommandLine.Refused(Prepare("--filters", "gophers"), "gopher-quality", "'gophers'");
        CommandLine.Refused(Prepare("--deduplicate", "all"), "none or exact or near");
        CommandLine.Refused(Prepare("--column", "body"), "there is no column 'body'; the file has id, text");
        CommandLine.Refused(["data", "prepare", "--data", _scratch["none*.txt"], "--output", _scratch["shards"]], "No file matches");
        Directory.Exists(_scratch["shards"]).ShouldBeFalse();
    }
}
