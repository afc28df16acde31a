using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Tests;
using Puna.Training;

namespace Puna.Experiments.Tests.Pretraining;

/// <summary>Whole runs whose data go through shards: several formats, mixtures, stop and resume, and every refusal.</summary>
public class StreamedRunTests
{
    private static readonly string Parquet = SharedData.Golden("parquet/rs-v1-snappy-dictionary.parquet");

    [Theory]
    [InlineData(false, 13)]
    [InlineData(true, 10)]
    public void A_mixture_of_json_lines_and_parquet_resumes_to_the_same_bits(bool isMasked, int stopAfter)
    {
        using var mini = Mixture($"data.document_mask={(isMasked ? "true" : "false")}");
        mini.Run(output: mini.Folder("whole")).ShouldNotBeNull();
        mini.Run(stopAfter: stopAfter).ShouldBeNull();
        mini.Run(RunFolderMode.Resume).ShouldNotBeNull();
        mini.Display.All.ShouldContain($"resuming at step {stopAfter}");
        mini.Display.All.ShouldContain("are used again");
        foreach (var file in (string[])["model/model.safetensors", "best/model.safetensors", "model/tokenizer.model", "recipe.yaml", "shards/shards.json", "shards/train-00-00000.shard", "shards/train-01-00000.shard"])
            File.ReadAllBytes(mini[file]).ShouldBe(File.ReadAllBytes(mini.Folder("whole/" + file)), file);
        Timeless(mini["metrics.jsonl"]).ShouldBe(Timeless(mini.Folder("whole/metrics.jsonl")));
        var report = File.ReadAllText(mini["report.html"]);
        foreach (var words in (string[])["Training data", "stories.jsonl.gz", "rs-v1-snappy-dictionary.parquet", "Epochs", "exact_duplicate", "75 %"]) report.ShouldContain(words);
    }

    [Fact]
    public void Shards_are_written_once_and_used_again_by_another_run()
    {
        using var mini = Mixture("training.steps=3");
        mini.Recipe = mini.Recipe with { Data = mini.Recipe.Data with { Shards = mini.Folder("shards") } };
        mini.Run(output: mini.Folder("one"));
        var written = File.GetLastWriteTimeUtc(mini.Folder("shards/shards.json"));
        Directory.Exists(mini.Folder("one/shards")).ShouldBeFalse();
        mini.Run(output: mini.Folder("two"));
        File.GetLastWriteTimeUtc(mini.Folder("shards/shards.json")).ShouldBe(written);
        File.ReadAllBytes(mini.Folder("two/model/model.safetensors")).ShouldBe(File.ReadAllBytes(mini.Folder("one/model/model.safetensors")));
    }

    [Fact]
    public void Shards_of_another_tokenizer_or_of_other_settings_are_refused()
    {
        using var mini = Mixture("training.steps=1");
        mini.Recipe = mini.Recipe with { Data = mini.Recipe.Data with { Shards = mini.Folder("shards") } };
        mini.Run(output: mini.Folder("one"));
        var recipe = mini.Recipe;
        mini.Recipe = recipe with { Data = recipe.Data with { Filters = ["gopher-repetition"] } };
        Refusal(mini).ShouldContain("data.filters was 'none' and is 'gopher-repetition'");
        mini.Recipe = recipe with { Data = recipe.Data with { Train = [recipe.Data.Train[0] with { Weight = 1 }] } };
        Refusal(mini).ShouldContain("data.train 2 was 'text of rs-v1");
        Puna.Text.CharacterTokenizerTrainer.Train("only a few letters").Save(mini.Folder("tokenizer"));
        mini.Recipe = RecipeLoader.Load(mini.Folder("mini.yaml"), [$"tokenizer.path=\"{mini.Folder("tokenizer")}\""]) with { Data = recipe.Data };
        Refusal(mini).ShouldContain("were made with another tokenizer");
    }

    [Fact]
    public void A_damaged_shard_stops_the_run_before_it_begins()
    {
        using var mini = Mixture("training.steps=2");
        mini.Run(stopAfter: 1);
        var shard = mini["shards/train-00-00000.shard"];
        var bytes = File.ReadAllBytes(shard);
        bytes[300] ^= 1;
        File.WriteAllBytes(shard, bytes);
        Should.Throw<InvalidDataException>(() => mini.Run(RunFolderMode.Resume)).Message.ShouldContain("do not agree with their checksum");
    }

    [Fact]
    public void Validation_files_take_the_place_of_shares()
    {
        using var mini = Mixture("training.steps=2");
        File.WriteAllText(mini.Folder("held.jsonl"), "{\"text\":\"a story of ann and the fox that nobody has read\"}\n{\"text\":\"ann sees a fox.\"}\n");
        mini.Recipe = mini.Recipe with { Data = mini.Recipe.Data with { Validation = [new DataSource(mini.Folder("held.jsonl"))] } };
        mini.Run().ShouldNotBeNull();
        var manifest = ShardManifest.Read(mini["shards"]);
        manifest.Sources.Count.ShouldBe(3);
        manifest.Total(DataPart.Validation).Documents.ShouldBe(2);
        manifest.Sources[0].Parts.Keys.ShouldBe(["train"]);
    }

    [Fact]
    public void A_source_seen_more_often_than_its_epochs_allow_is_refused_with_the_figures()
    {
        using var mini = Mixture();
        mini.Recipe = mini.Recipe with { Data = mini.Recipe.Data with { Train = [mini.Recipe.Data.Train[0] with { Epochs = 0.01 }, mini.Recipe.Data.Train[1]] } };
        Should.Throw<InvalidDataException>(() => mini.Run()).Message.ShouldContain("its epochs allow 0.01");
        Directory.EnumerateFileSystemEntries(mini.Output).Select(Path.GetFileName).ShouldBe(["shards"], "what was tokenised is kept for the next try");
        mini.Recipe = mini.Recipe with { Data = mini.Recipe.Data with { Train = [mini.Recipe.Data.Train[0] with { Epochs = 50 }, mini.Recipe.Data.Train[1]] } };
        mini.Run().ShouldNotBeNull();
        mini.Display.All.ShouldContain("are used again");
    }

    [Fact]
    public void A_run_goes_on_from_its_shards_where_the_text_is_gone()
    {
        using var mini = Mixture("training.steps=4");
        mini.Run(stopAfter: 2).ShouldBeNull();
        File.Delete(mini.Folder("stories.jsonl.gz"));
        mini.Run(RunFolderMode.Resume).ShouldNotBeNull();
        mini.Display.All.ShouldContain("only the shards are used");
    }

    [Theory]
    [InlineData("none.parquet", null, "text", "none.parquet")]
    [InlineData("empty.jsonl", "", "text", "empty.jsonl: the file is empty")]
    [InlineData("a.csv", "id,body\n1,x\n", "text", "there is no column 'text'; the first row has id, body")]
    [InlineData("a.txt.gz", "no gzip", "text", "is not gzip")]
    public void Data_that_cannot_be_read_are_refused_and_nothing_is_left(string name, string? content, string column, string sentence)
    {
        using var mini = Mixture();
        if (content is not null) File.WriteAllText(mini.Folder(name), content);
        mini.Recipe = mini.Recipe with { Data = mini.Recipe.Data with { Train = [mini.Recipe.Data.Train[0] with { Weight = 1 }, new DataSource(mini.Folder(name)) { Column = column }] } };
        Refusal(mini).ShouldContain(sentence);
    }

    [Theory]
    [InlineData("rs-v1-zstd", "text", "ZSTD")]
    [InlineData("hp-snappy", "content", "there is no column 'content'")]
    public void Parquet_that_is_not_read_is_refused(string name, string column, string sentence)
    {
        using var mini = Mixture();
        mini.Recipe = mini.Recipe with { Data = mini.Recipe.Data with { Train = [new DataSource(SharedData.Golden($"parquet/{name}.parquet")) { Column = column }] } };
        Refusal(mini).ShouldContain(sentence);
    }

    [Fact]
    public void Weights_that_do_not_sum_to_1_are_refused()
    {
        using var mini = Mixture();
        mini.Recipe = mini.Recipe with { Data = mini.Recipe.Data with { Train = [.. mini.Recipe.Data.Train.Select(source => source with { Weight = 0.4 })] } };
        Refusal(mini).ShouldContain("0.4 + 0.4 sum to 0.8");
    }

    [Fact]
    public void A_folder_that_is_not_of_shards_is_left_alone()
    {
        using var mini = Mixture();
        Directory.CreateDirectory(mini.Folder("mine"));
        File.WriteAllText(mini.Folder("mine/notes.txt"), "mine");
        mini.Recipe = mini.Recipe with { Data = mini.Recipe.Data with { Shards = mini.Folder("mine") } };
        Refusal(mini).ShouldContain("left alone");
        File.ReadAllText(mini.Folder("mine/notes.txt")).ShouldBe("mine");
    }

    [Fact]
    public void A_plain_text_file_stays_in_memory_and_a_folder_is_streamed()
    {
        using var mini = new MiniRun();
        StreamedSettings.IsNeeded(mini.Recipe).ShouldBeFalse();
        StreamedSettings.IsNeeded(mini.Recipe with { Data = mini.Recipe.Data with { Train = [new DataSource(mini.Folder(""))] } }).ShouldBeTrue();
        StreamedSettings.IsNeeded(mini.Recipe with { Data = mini.Recipe.Data with { Train = [new DataSource(mini.Folder("*.txt"))] } }).ShouldBeTrue();
        StreamedSettings.IsNeeded(mini.Recipe with { Data = mini.Recipe.Data with { Deduplicate = Deduplication.Exact } }).ShouldBeTrue();
    }

    [Fact]
    public void The_tokenizer_learns_from_a_bounded_sample_of_every_file()
    {
        using var mini = Mixture();
        var sources = StreamedSettings.Sources(mini.Recipe);
        var sample = TokenizerSample.Read(sources, 2, mini.Display, 600);
        sample.Length.ShouldBeInRange(500, 602);
        sample.ShouldContain("the same line again"); // of the second file
        sample.ShouldStartWith(MiniRun.Text(1)[..5]);
    }

    private static MiniRun Mixture(params string[] sets)
    {
        var mini = new MiniRun(sets);
        var stories = MiniRun.Text(150).Split("\n\n");
        using (var gzip = new GZipStream(File.Create(mini.Folder("stories.jsonl.gz")), CompressionLevel.Fastest))
            foreach (var story in stories.Append(stories[3])) gzip.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { text = story }) + "\r\n"));
        mini.Recipe = mini.Recipe with
        {
            Data = mini.Recipe.Data with
            {
                Train = [new DataSource(mini.Folder("stories.jsonl.gz"), 0.75), new DataSource(Parquet, 0.25)],
                Deduplicate = Deduplication.Exact,
            },
        };
        return mini;
    }

    private static string Refusal(MiniRun mini)
    {
        var exception = Should.Throw<Exception>(() => mini.Run());
        (exception is InvalidDataException or FileNotFoundException).ShouldBeTrue(exception.ToString());
        exception.Message.ShouldNotContain("\n");
        Directory.Exists(mini.Output).ShouldBeFalse("nothing may be left half-written");
        return exception.Message;
    }

    private static string[] Timeless(string path) =>
    [
        .. File.ReadAllLines(path).Select(line =>
        {
            var json = JsonNode.Parse(line)!.AsObject();
            foreach (var name in (string[])["seconds", "tokens_per_second", "elapsed", "mfu", "memory_bytes"]) json.Remove(name);
            return json.ToJsonString();
        }),
    ];
}
