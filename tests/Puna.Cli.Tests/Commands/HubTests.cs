using System.Text;
using Puna.Hub.Tests;
using Puna.Tests;

namespace Puna.Cli.Tests;

/// <summary>pull, push and <c>--data</c> by name, as a user types them, against a hub on the loopback.</summary>
public sealed class HubTests : IDisposable
{
    private static readonly string[] Variables = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HOME", "HF_ENDPOINT", "HF_HUB_OFFLINE", "PUNA_CACHE"];
    private readonly Dictionary<string, string?> _before = Variables.ToDictionary(name => name, Environment.GetEnvironmentVariable);
    private readonly Scratch _scratch = new();
    private readonly TestHub _hub = new();

    public HubTests()
    {
        foreach (var name in Variables) Environment.SetEnvironmentVariable(name, null);
        Environment.SetEnvironmentVariable("HF_HOME", _scratch["no-home"]);
        Environment.SetEnvironmentVariable("PUNA_CACHE", _scratch["cache"]);
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before) Environment.SetEnvironmentVariable(name, value);
        _hub.Dispose();
        _scratch.Dispose();
    }

    private string[] Hub => ["--endpoint", _hub.Address.AbsoluteUri, "--allow-host", _hub.Storage.Authority];

    [Fact]
    public void A_run_is_pushed_with_its_card_pulled_again_and_talks_as_before()
    {
        Environment.SetEnvironmentVariable("HF_TOKEN", TestHub.Token);
        var pushed = CommandLine.Done(["push", Tiny.Run, "me/tiny", "--licence", "mit", .. Hub, "--verbose"]);
        pushed.Output.ShouldBe($"{_hub.Address}me/tiny\n");
        (pushed.Output + pushed.Error).ShouldNotContain(TestHub.Token);
        var card = Encoding.UTF8.GetString(_hub["me/tiny"].Files["README.md"].Content);
        foreach (var words in (string[])["license: \"mit\"", "library_name: puna", "- `text.txt`", "steps: 40", "| val_loss |", "A llama model of"]) card.ShouldContain(words);
        card.ShouldNotContain(Path.GetDirectoryName(Tiny.Text)!, customMessage: "where files lie on this machine is nobody's business");
        card.ShouldNotContain("tokens_per_second");

        var pulled = CommandLine.Done(["pull", "me/tiny", "--output", _scratch["back"], "--json", .. Hub]);
        pulled.Json.GetProperty("commit").GetString().ShouldBe(_hub["me/tiny"].Head);
        pulled.Json.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("path").GetString()).ShouldContain("model.safetensors");
        pulled.Error.ShouldNotContain(TestHub.Token);
        pulled.Error.ShouldContain("me/tiny at");
        CommandLine.Done("diff", Tiny.Model, _scratch["back"]).Output.ShouldContain("tensors are the same");
        CommandLine.Done(["push", Tiny.Run, "me/tiny", "--licence", "mit", "--json", .. Hub]).Json.GetProperty("commit").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        CommandLine.Done(["pull", "me/tiny", "--output", _scratch["back"], "--json", .. Hub]).Json.GetProperty("files").EnumerateArray().ShouldAllBe(file => file.GetProperty("was_there").GetBoolean());
    }

    [Fact]
    public void A_models_folder_without_a_run_a_file_and_options_for_the_card_do_too()
    {
        Environment.SetEnvironmentVariable("HF_TOKEN", TestHub.Token);
        CommandLine.Done(["push", Tiny.ChatModel, "me/chat", "--base", "meta-llama/Llama-3.2-1B", "--data", "roneneldan/TinyStories", "letters.txt", "--message", "First", "--private", .. Hub]);
        var card = Encoding.UTF8.GetString(_hub["me/chat"].Files["README.md"].Content);
        foreach (var words in (string[])["base_model: \"meta-llama/Llama-3.2-1B\"", "- \"roneneldan/TinyStories\"", "- `letters.txt`", "Not recorded."]) card.ShouldContain(words);
        _hub["me/chat"].Messages.ShouldBe(["First"]);
        _hub["me/chat"].IsPrivate.ShouldBeTrue();
        CommandLine.Done("convert", "--from", Tiny.Model, "--to", _scratch["tiny.gguf"]);
        CommandLine.Done(["push", _scratch["tiny.gguf"], "me/gguf", .. Hub]);
        _hub["me/gguf"].Files.Keys.ShouldContain("tiny.gguf");
        CommandLine.Done(["push", Path.Combine(Tiny.Run, "best"), "me/best", .. Hub]);
        Encoding.UTF8.GetString(_hub["me/best"].Files["README.md"].Content).ShouldContain("| step |");
        var checkpoint = _scratch["checkpoint"];
        Directory.CreateDirectory(checkpoint);
        foreach (var file in Directory.GetFiles(Tiny.Model)) File.Copy(file, Path.Combine(checkpoint, Path.GetFileName(file)));
        foreach (var name in (string[])["trainer_state.json", "trainer_state.safetensors", "checksums.sha256", "recipe.yaml"]) _scratch.Write("checkpoint/" + name, "of this machine");
        CommandLine.Done(["push", checkpoint, "me/step", .. Hub]).Error.ShouldContain("trainer_state.safetensors");
        _hub["me/step"].Files.Keys.Order(StringComparer.Ordinal).ShouldBe([.. Directory.GetFiles(Tiny.Model).Select(file => Path.GetFileName(file)!).Append(".gitattributes").Append("README.md").Order(StringComparer.Ordinal)]);
    }

    [SkippableFact]
    public void A_pull_that_is_killed_goes_on_where_it_was()
    {
        var (weights, part) = (Weights(400_000), _scratch["out/model.safetensors.part"]);
        _hub.Interfere("/blobs/", response => response with { StallAfter = 250_000 });
        var killed = Child.Run("""puna "${@:2}" & p=$!; for i in $(seq 1200); do [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -ge 250000 ] && break; sleep 0.05; done; kill -9 $p; wait $p; exit $?""", [part, "pull", "me/big", "--output", _scratch["out"], .. Hub]);
        killed.Code.ShouldBe(128 + 9, killed.Error);
        new FileInfo(part).Length.ShouldBe(250_000);
        File.Exists(_scratch["out/model.safetensors"]).ShouldBeFalse();
        CommandLine.Done(["pull", "me/big", "--output", _scratch["out"], .. Hub]).Error.ShouldContain("going on after 244.1 KiB");
        File.ReadAllBytes(_scratch["out/model.safetensors"]).ShouldBe(weights);
        Directory.GetFiles(_scratch["out"]).Length.ShouldBe(2);
        _hub.StorageRequests[^1].Header("Range").ShouldBe("bytes=250000-");
    }

    [SkippableFact]
    public void A_disk_that_takes_no_more_is_said_and_what_came_is_kept()
    {
        var weights = Weights(400_000);
        var full = Child.Run("""trap '' XFSZ; ulimit -f 200; puna "$@" """, ["pull", "me/big", "--output", _scratch["out"], .. Hub]); // blocks of 1,024 bytes
        full.Code.ShouldBe(1, full.Error);
        full.Mistakes.ShouldHaveSingleItem().ShouldContain("model.safetensors.part");
        File.Exists(_scratch["out/model.safetensors"]).ShouldBeFalse();
        CommandLine.Done(["pull", "me/big", "--output", _scratch["out"], .. Hub]);
        File.ReadAllBytes(_scratch["out/model.safetensors"]).ShouldBe(weights);
        _hub.StorageRequests[^1].Header("Range").ShouldStartWith("bytes=");
    }

    private byte[] Weights(int bytes)
    {
        byte[] weights = [.. Enumerable.Range(0, bytes).Select(i => (byte)(i * 31 >> 3))];
        _hub["me/big"].Commit(("config.json", new TestFile("{}"u8.ToArray(), false)), ("model.safetensors", new TestFile(weights, true)));
        return weights;
    }

    [Fact]
    public void Mistakes_are_one_sentence_without_the_token()
    {
        CommandLine.Refused(["pull"], "OWNER/NAME", "tinyshakespeare");
        CommandLine.Refused(["pull", "a/b/c"], "OWNER/NAME");
        CommandLine.Refused(["push", Tiny.Model], "puna push PATH OWNER/NAME");
        CommandLine.Refused(["push", Tiny.Model, "me/x", .. Hub], "HF_TOKEN");
        CommandLine.Refused(["push", _scratch["nothing"], "me/x"], "nothing");
        CommandLine.Refused(["push", _scratch.Folder, "me/x"], "config.json");
        CommandLine.Refused(["push", Tiny.Model, "me/x", "--licence", "MIT License"], "apache-2.0");
        CommandLine.Refused(["pull", "me/none", .. Hub], "me/none", "no token is given");
        CommandLine.Refused(["pull", "me/none", "--endpoint", "http://example.org"], "not https");
        CommandLine.Refused(["pull", "tinyshakespeare", "--all"], "data set");
        Environment.SetEnvironmentVariable("HF_TOKEN", TestHub.Token + "x");
        CommandLine.Refused(["push", Tiny.Model, "me/x", .. Hub], "does not accept the token from HF_TOKEN").ShouldNotContain(TestHub.Token);
        CommandLine.Run(["push", Tiny.Model, "me/x", "--verbose", .. Hub]).Error.ShouldNotContain(TestHub.Token);
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
        CommandLine.Refused(["pull", "me/none", .. Hub], "HF_HUB_OFFLINE");
    }

    [Fact]
    public void Offline_a_data_set_by_name_says_what_to_put_where()
    {
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
        string[] words = ["https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt", _scratch["cache/data/tinyshakespeare.txt"], "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"];
        foreach (var verb in (string[][])
        [
            ["pull", "tinyshakespeare"], ["pretrain", Tiny.Recipe, "--output", _scratch["run"], "--data", "tinyshakespeare"], ["evaluate", Tiny.Model, "--data", "tinyshakespeare"],
            ["tokenizer", "train", "--output", _scratch["t.model"], "--data", "TinyShakespeare"], ["tokenizer", "report", "--tokenizer", Tiny.Model, "--data", "en=tinyshakespeare"],
            ["data", "prepare", "--output", _scratch["shards"], "--data", "tinyshakespeare"], ["quickstart", "--data", "tinyshakespeare", "--output", _scratch["quick"]],
            ["compare", Tiny.Recipe, Tiny.Recipe, "--output", _scratch["compare"], "--data", "tinyshakespeare"], ["plan", Tiny.Recipe, "--data", "tinyshakespeare"],
        ]) CommandLine.Refused(verb, words);
        Directory.Exists(_scratch["run"]).ShouldBeFalse();
    }

    [SkippableFact]
    public void A_data_set_in_the_cache_is_used_by_every_verb()
    {
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
        Directory.CreateDirectory(_scratch["cache/data"]);
        File.Copy(SharedData.Shared("data/corpora/the-verdict.txt"), _scratch["cache/data/the-verdict.txt"]);
        CommandLine.Done("pull", "the-verdict").Output.ShouldBe(_scratch["cache/data/the-verdict.txt"] + "\n");
        var json = CommandLine.Done("pull", "the-verdict", "--output", _scratch["here"], "--json").Json;
        json.GetProperty("bytes").GetInt64().ShouldBe(new FileInfo(_scratch["here/the-verdict.txt"]).Length);
        json.GetProperty("licence").GetString().ShouldBe("public domain");
        CommandLine.Done("evaluate", Tiny.Model, "--data", "the-verdict").Output.ShouldContain("perplexity");
        CommandLine.Done("tokenizer", "train", "--data", "the-verdict", "--vocab-size", "120", "--output", _scratch["t.model"]);
        CommandLine.Done("tokenizer", "report", "--tokenizer", _scratch["t.model"], "--data", "story=the-verdict").Output.ShouldContain("story");
        CommandLine.Done("pretrain", Tiny.Recipe, "--data", "the-verdict", "--steps", "10", "--vocab-size", "90", "--output", _scratch["run"], "--threads", "2");
        File.ReadAllText(_scratch["run/recipe.yaml"]).ShouldContain("the-verdict.txt");
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", null);
        Environment.SetEnvironmentVariable("HF_TOKEN", TestHub.Token);
        CommandLine.Done(["push", _scratch["run"], "me/verdict", .. Hub]);
        Encoding.UTF8.GetString(_hub["me/verdict"].Files["README.md"].Content).ShouldContain("- `the-verdict (public domain, https://raw");
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
        File.AppendAllText(_scratch["cache/data/the-verdict.txt"], "!");
        CommandLine.Refused(["evaluate", Tiny.Model, "--data", "the-verdict"], "is another file than the-verdict");
        File.AppendAllText(_scratch["here/the-verdict.txt"], "!");
        CommandLine.Refused(["pull", "the-verdict", "--output", _scratch["here"]], "--overwrite");
    }
}
