namespace Puna.Hub.Tests;

public sealed class PullTests : IDisposable
{
    private readonly Scene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void A_model_arrives_whole_and_is_not_fetched_twice()
    {
        var result = _scene.Pull();
        File.ReadAllBytes(_scene["out/model.safetensors"]).ShouldBe(_scene.Weights);
        File.ReadAllText(_scene["out/config.json"]).ShouldContain("llama");
        Directory.GetFileSystemEntries(_scene["out"]).Select(Path.GetFileName).Order().ShouldBe(["README.md", "config.json", "model.safetensors"]);
        result.Commit.ShouldBe(_scene.Hub[Scene.Model].Head);
        result.LeftOut.ShouldBe(2);
        result.Files.ShouldAllBe(file => !file.WasThere);
        _scene.Told.All.ShouldContain("licence mit");
        _scene.Told.Shares[^1].ShouldBe(1, 1e-9);
        _scene.Told.Shares.ShouldBe(_scene.Told.Shares.Order());

        var requests = _scene.Hub.Requests.Count;
        _scene.Pull().Files.ShouldAllBe(file => file.WasThere);
        _scene.Hub.Requests.Skip(requests).ShouldAllBe(request => request.Path.StartsWith("/api/", StringComparison.Ordinal));
        _scene.WeightRequests.Count().ShouldBe(1);
    }

    [Fact]
    public void Only_the_hub_itself_sees_the_token()
    {
        _scene.Pull();
        _scene.Hub.Requests.ShouldAllBe(request => request.Header("Authorization") == $"Bearer {TestHub.Token}");
        _scene.Hub.StorageRequests.ShouldNotBeEmpty();
        _scene.Hub.StorageRequests.ShouldAllBe(request => request.Header("Authorization") == null);
        _scene.Told.All.ShouldNotContain(TestHub.Token);
        new HubToken(TestHub.Token, "HF_TOKEN").ToString().ShouldBe("token from HF_TOKEN");
    }

    [Fact]
    public void A_damaged_file_is_fetched_again_only_when_it_may_be_replaced()
    {
        _scene.Pull();
        File.WriteAllText(_scene["out/config.json"], "{\"model_type\":\"mamba\"}");
        _scene.Refused<InvalidDataException>(() => _scene.Pull()).ShouldContain("--overwrite");
        File.ReadAllText(_scene["out/config.json"]).ShouldContain("mamba");
        var result = _scene.Pull(new PullOptions(ModelName.Parse(Scene.Model)) { Output = _scene["out"], Overwrite = true });
        result.Files.Count(file => !file.WasThere).ShouldBe(1);
        File.ReadAllText(_scene["out/config.json"]).ShouldContain("llama");
    }

    [Fact]
    public void Patterns_choose_and_leave_out()
    {
        string[] Pulled(FileSelection selection) => [.. _scene.Pull(new PullOptions(ModelName.Parse(Scene.Model)) { Output = _scene[Guid.NewGuid().ToString("N")], Selection = selection }).Files.Select(file => file.Path).Order(StringComparer.Ordinal)];
        Pulled(new FileSelection(["*.json", "original/*"], [])).ShouldBe(["config.json", "original/consolidated.pth"]);
        Pulled(new FileSelection([], ["*.md"])).ShouldBe(["config.json", "model.safetensors"]);
        Pulled(new FileSelection([], [], All: true)).Length.ShouldBe(5);
        _scene.Refused<InvalidDataException>(() => Pulled(new FileSelection(["*.gguf"], []))).ShouldContain("none of them");
        _scene.Refused<InvalidDataException>(() => Pulled(new FileSelection(["*"], [], All: true))).ShouldContain("contradict");
    }

    [Fact]
    public void The_best_kind_of_weights_is_taken_and_one_of_several_GGUF_files_must_be_named()
    {
        var small = new TestFile([1, 2, 0], true);
        _scene.Hub["a/both"].Commit(("pytorch_model.bin", small), ("model-00001-of-00001.safetensors", small), ("model.safetensors.index.json", small), ("consolidated.safetensors", small), ("tokenizer.model", small));
        _scene.Pull(new PullOptions(ModelName.Parse("a/both")) { Output = _scene["both"] }).Files.Select(file => file.Path).Order(StringComparer.Ordinal)
            .ShouldBe(["model-00001-of-00001.safetensors", "model.safetensors.index.json", "tokenizer.model"]);
        _scene.Hub["a/old"].Commit(("pytorch_model.bin", small), ("config.json", small));
        _scene.Pull(new PullOptions(ModelName.Parse("a/old")) { Output = _scene["old"] }).Files.Count.ShouldBe(2);
        _scene.Hub["a/gguf"].Commit(("m-Q8_0.gguf", small), ("m-Q4_0.gguf", small));
        _scene.Refused<InvalidDataException>(() => _scene.Pull(new PullOptions(ModelName.Parse("a/gguf")) { Output = _scene["gguf"] })).ShouldContain("--include");
        _scene.Hub["a/none"].Commit(("README.md", small));
        _scene.Refused<InvalidDataException>(() => _scene.Pull(new PullOptions(ModelName.Parse("a/none")) { Output = _scene["none"] })).ShouldContain("no weights");
    }

    [Fact]
    public void A_listing_of_several_pages_is_read_to_its_end_but_only_at_the_hub()
    {
        _scene.Hub.PageSize = 2;
        _scene.Pull().Files.Count.ShouldBe(3);
        _scene.Hub.Requests.Count(request => request.Path.Contains("/tree/", StringComparison.Ordinal)).ShouldBe(3);
        _scene.Hub.Interfere("/tree/", response => response with { Headers = [("Link", $"<{_scene.Hub.Storage}more>; rel=\"next\"")] });
        _scene.Refused<InvalidDataException>(() => _scene.Pull()).ShouldContain("another host");
        _scene.Hub.StorageRequests.ShouldNotContain(request => request.Path == "/more");
    }

    [Fact]
    public void A_model_cannot_be_called_into_a_device()
    {
        _scene.Hub["a/con"].Commit(("model.safetensors", new TestFile([1], true)));
        _scene.Refused<InvalidDataException>(() => _scene.Pull(new PullOptions(ModelName.Parse("a/con")))).ShouldContain("device");
        _scene.Pull(new PullOptions(ModelName.Parse("a/con")) { Output = _scene["out"] }).Files.Count.ShouldBe(1);
    }

    [Fact]
    public void A_revision_is_taken_as_it_was()
    {
        var first = _scene.Hub[Scene.Model].Head;
        _scene.Hub[Scene.Model].Commit(("config.json", new TestFile("{}"u8.ToArray(), false)));
        _scene.Pull(new PullOptions(ModelName.Parse(Scene.Model)) { Output = _scene["old"], Revision = first }).Commit.ShouldBe(first);
        File.ReadAllText(_scene["old/config.json"]).ShouldContain("llama");
        _scene.Pull(new PullOptions(ModelName.Parse(Scene.Model)) { Output = _scene["new"] });
        File.ReadAllText(_scene["new/config.json"]).ShouldBe("{}");
        _scene.Refused<InvalidDataException>(() => _scene.Pull(new PullOptions(ModelName.Parse(Scene.Model)) { Output = _scene["none"], Revision = "v9" })).ShouldContain("--revision");
    }

    [Fact]
    public void What_is_not_there_or_not_for_this_token_is_said()
    {
        _scene.Refused<InvalidDataException>(() => _scene.Pull(new PullOptions(ModelName.Parse("no/such")), _scene.Options(token: null))).ShouldContain("no token is given");
        _scene.Hub[Scene.Model].IsPrivate = true;
        var wrong = _scene.Refused<InvalidDataException>(() => _scene.Pull(hub: _scene.Options("hf_wrong")));
        wrong.ShouldContain("token from HF_TOKEN");
        wrong.ShouldNotContain("hf_wrong");
        _scene.Pull().Files.Count.ShouldBe(3);
    }

    [Fact]
    public void A_gated_model_asks_for_its_licence_to_be_accepted()
    {
        _scene.Hub[Scene.Model].IsGated = true;
        _scene.Hub[Scene.Model].Licence = "llama3.2";
        var sentence = _scene.Refused<InvalidDataException>(() => _scene.Pull(hub: _scene.Options(token: null)));
        sentence.ShouldContain($"{_scene.Hub.Address}{Scene.Model}");
        _scene.Told.All.ShouldContain("licence llama3.2");
        _scene.Refused<InvalidDataException>(() => _scene.Pull(hub: _scene.Options("hf_other"))).ShouldStartWith($"{Scene.Model} is gated: its owners want their conditions accepted first («Access to this model is restricted»). Accept them at {_scene.Hub.Address}{Scene.Model}");
        _scene.Pull().Files.Count.ShouldBe(3);
    }

    [Fact]
    public void Offline_asks_nobody()
    {
        _scene.Refused<InvalidDataException>(() => _scene.Pull(hub: _scene.Options() with { IsOffline = true })).ShouldContain("HF_HUB_OFFLINE");
        _scene.Hub.Requests.ShouldBeEmpty();
    }

    [Fact]
    public void A_server_that_is_no_hub_is_named_as_such()
    {
        _scene.Hub.Interfere("/api/models/", _ => TestResponse.Text(200, "<html>Welcome</html>"));
        _scene.Refused<IOException>(() => _scene.Pull()).ShouldContain("not JSON");
        _scene.Hub.Interfere("/api/models/", _ => TestResponse.Text(200, "[1]"));
        _scene.Refused<IOException>(() => _scene.Pull()).ShouldContain("not an object");
        _scene.Hub.Interfere("/api/models/", _ => new TestResponse(200, new byte[17 << 20]));
        _scene.Refused<IOException>(() => _scene.Pull()).ShouldContain("more than the 16.0 MiB");
    }
}
