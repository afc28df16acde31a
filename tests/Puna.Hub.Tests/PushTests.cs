using System.Text;

namespace Puna.Hub.Tests;

public sealed class PushTests : IDisposable
{
    private readonly Scene _scene = new();

    public PushTests()
    {
        Directory.CreateDirectory(_scene["model"]);
        File.WriteAllText(_scene["model/config.json"], "{\"model_type\":\"llama\"}");
        File.WriteAllBytes(_scene["model/model.safetensors"], _scene.Weights);
        File.WriteAllText(_scene["model/.env"], "HF_TOKEN=x");
    }

    public void Dispose() => _scene.Dispose();

    private TestRepository New => _scene.Hub["someone/new"];

    private int Puts => _scene.Hub.StorageRequests.Count(request => request.Method == "PUT");

    [Theory]
    [InlineData(null)]
    [InlineData(70_000)]
    [InlineData(150_000)]
    public void A_model_arrives_and_comes_back_the_same(int? chunk)
    {
        _scene.Hub.ChunkSize = chunk;
        var result = _scene.Push(_scene["model"]);
        result.Commit.ShouldBe(New.Head);
        result.Card.ShouldBe("written");
        result.UploadedBytes.ShouldBe(300_000);
        New.Files.Keys.Order(StringComparer.Ordinal).ShouldBe([".gitattributes", "README.md", "config.json", "model.safetensors"]);
        New.Files["model.safetensors"].Content.ShouldBe(_scene.Weights);
        New.Files["model.safetensors"].IsLarge.ShouldBeTrue();
        New.Files["config.json"].IsLarge.ShouldBeFalse();
        Encoding.UTF8.GetString(New.Files["README.md"].Content).ShouldContain("library_name: puna");
        New.Messages.ShouldBe(["Model pushed with puna"]);
        Puts.ShouldBe(chunk is { } size ? (300_000 + size - 1) / size : 1);
        _scene.Hub.StorageRequests.ShouldAllBe(request => request.Header("Authorization") == null);
        _scene.Told.All.ShouldContain("for training only: .env");
        _scene.Told.Shares[^1].ShouldBe(1, 1e-9);

        _scene.Pull(new PullOptions(ModelName.Parse("someone/new")) { Output = _scene["back"] });
        File.ReadAllBytes(_scene["back/model.safetensors"]).ShouldBe(_scene.Weights);
        File.ReadAllBytes(_scene["back/config.json"]).ShouldBe(File.ReadAllBytes(_scene["model/config.json"]));
    }

    [Fact]
    public void What_is_there_is_not_sent_again()
    {
        _scene.Push(_scene["model"]);
        var (head, puts) = (New.Head, Puts);
        var again = _scene.Push(_scene["model"]);
        again.Commit.ShouldBeNull();
        again.Unchanged.ShouldBe(3);
        New.Head.ShouldBe(head);
        File.WriteAllText(_scene["model/config.json"], "{}");
        _scene.Push(_scene["model"]).Unchanged.ShouldBe(2);
        Puts.ShouldBe(puts);
        New.Files["config.json"].Content.ShouldBe("{}"u8.ToArray());
        New.Files["model.safetensors"].Content.ShouldBe(_scene.Weights);
    }

    [Fact]
    public void A_part_that_fails_is_sent_again_by_itself()
    {
        _scene.Hub.ChunkSize = 100_000;
        _scene.Hub.Interfere(request => request.Path.EndsWith("/2", StringComparison.Ordinal), _ => TestResponse.Text(500, "InternalError"), times: 2);
        _scene.Hub.Interfere(request => request.Path.EndsWith("/3", StringComparison.Ordinal), response => response with { IsLost = true });
        _scene.Push(_scene["model"]);
        New.Files["model.safetensors"].Content.ShouldBe(_scene.Weights);
        _scene.Hub.StorageRequests.Select(request => request.Path[^1]).ShouldBe("122233");
        _scene.Pauses.Count.ShouldBe(3);
    }

    [Fact]
    public void A_push_that_fails_is_taken_up_by_the_next_one()
    {
        File.WriteAllBytes(_scene["model/more.safetensors"], [.. _scene.Weights.Reverse()]);
        var second = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(_scene["model/more.safetensors"])));
        _scene.Hub.Interfere(request => request.Path.EndsWith(second, StringComparison.Ordinal), _ => TestResponse.Text(503, "SlowDown"), times: 4);
        _scene.Refused<IOException>(() => _scene.Push(_scene["model"])).ShouldContain("HTTP 503");
        New.Commits.Count.ShouldBe(1);
        _scene.Hub.Blobs.Remove(second);
        _scene.Hub.StorageRequests.Clear();
        _scene.Push(_scene["model"]).UploadedBytes.ShouldBe(300_000);
        _scene.Hub.StorageRequests.ShouldHaveSingleItem().Path.ShouldEndWith(second);
        _scene.Told.All.ShouldContain("in the hub's storage already");
        New.Files.Count.ShouldBe(5);
    }

    [Fact]
    public void Addresses_that_have_expired_are_asked_for_anew()
    {
        _scene.Hub.Interfere("/upload/", response =>
        {
            _scene.Hub.Blobs.Clear();
            return TestResponse.Text(403, "Request has expired");
        });
        _scene.Push(_scene["model"]).Commit.ShouldNotBeNull();
        _scene.Hub.Requests.Count(request => request.Path.EndsWith("/batch", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public void Somebody_elses_commit_meanwhile_is_not_overwritten()
    {
        _scene.Push(_scene["model"]);
        File.WriteAllText(_scene["model/config.json"], "{}");
        _scene.Hub.Interfere("/preupload/", response =>
        {
            New.Commit(("notes.txt", new TestFile("theirs"u8.ToArray(), false)));
            return response;
        });
        _scene.Refused<InvalidDataException>(() => _scene.Push(_scene["model"])).ShouldContain("has changed since");
        New.Files.Keys.ShouldContain("notes.txt");
        _scene.Push(_scene["model"]);
        New.Files["config.json"].Content.ShouldBe("{}"u8.ToArray());
        _scene.Hub.Interfere("/commit/", _ => TestResponse.Text(409, "conflict"));
        File.WriteAllText(_scene["model/config.json"], "[]");
        _scene.Refused<InvalidDataException>(() => _scene.Push(_scene["model"])).ShouldContain("push again");
    }

    [Fact]
    public void A_commit_whose_answer_is_lost_is_not_sent_twice()
    {
        _scene.Hub.Interfere("/commit/", response => response with { IsLost = true });
        _scene.Refused<IOException>(() => _scene.Push(_scene["model"])).ShouldContain("whether it was done there is not known");
        _scene.Hub.Requests.Count(request => request.Path.Contains("/commit/", StringComparison.Ordinal)).ShouldBe(1);
        _scene.Push(_scene["model"]).Commit.ShouldBeNull();
    }

    [Fact]
    public void A_card_of_ones_own_is_kept_on_either_side()
    {
        _scene.Push(_scene["model"]);
        New.Commit(("README.md", new TestFile("# By hand\n"u8.ToArray(), false)));
        _scene.Push(_scene["model"]).Card.ShouldBe("the hub's");
        Encoding.UTF8.GetString(New.Files["README.md"].Content).ShouldBe("# By hand\n");
        File.WriteAllText(_scene["model/README.md"], "# Mine\n");
        _scene.Push(_scene["model"]).Card.ShouldBe("kept");
        Encoding.UTF8.GetString(New.Files["README.md"].Content).ShouldBe("# Mine\n");
    }

    [Fact]
    public void Private_means_private()
    {
        _scene.Push(_scene["model"], isPrivate: true);
        New.IsPrivate.ShouldBeTrue();
        _scene.Refused<InvalidDataException>(() => _scene.Push(_scene["model"], Scene.Model, isPrivate: true)).ShouldContain("is public");
        // a hub that does not heed the wish gets nothing
        _scene.Hub.Interfere("/api/repos/create", response =>
        {
            _scene.Hub["someone/leak"].IsPrivate = false;
            return response;
        });
        _scene.Refused<InvalidDataException>(() => _scene.Push(_scene["model"], "someone/leak", isPrivate: true)).ShouldContain("nothing was uploaded");
        _scene.Hub["someone/leak"].Commits.Count.ShouldBe(1);
    }

    [Fact]
    public void One_file_can_be_a_model_and_empty_files_are_no_large_ones()
    {
        File.WriteAllBytes(_scene["tiny.gguf"], _scene.Weights);
        _scene.Push(_scene["tiny.gguf"]).Files.ShouldBe(["tiny.gguf", "README.md"]);
        File.WriteAllBytes(_scene["model/empty.txt"], []);
        _scene.Hub.LargeAbove = -1;
        _scene.Push(_scene["model"], "someone/empty");
        _scene.Hub["someone/empty"].Files["empty.txt"].IsLarge.ShouldBeFalse();
        _scene.Hub["someone/empty"].Files["config.json"].IsLarge.ShouldBeTrue();
    }

    [Fact]
    public void Files_that_the_repository_ignores_are_left_out_aloud()
    {
        File.WriteAllText(_scene["model/train.log"], "loss");
        _scene.Push(_scene["model"]);
        New.Files.Keys.ShouldNotContain("train.log");
        _scene.Told.All.ShouldContain("train.log is left out");
    }

    [Fact]
    public void What_does_not_allow_a_push_is_said_before_anything_is_sent()
    {
        _scene.Refused<InvalidDataException>(() => _scene.Push(_scene["model"], "nameonly")).ShouldContain("OWNER/NAME");
        _scene.Refused<InvalidDataException>(() => _scene.Push(_scene["model"], hub: _scene.Options(token: null))).ShouldContain("HF_TOKEN");
        _scene.Refused<DirectoryNotFoundException>(() => _scene.Push(_scene["nothing"])).ShouldContain("no model folder");
        _scene.Hub.Requests.ShouldBeEmpty();
        _scene.Refused<InvalidDataException>(() => _scene.Push(_scene["model"], hub: _scene.Options("hf_wrong"))).ShouldContain("does not accept the token from HF_TOKEN");
        _scene.Hub.Repositories.Count.ShouldBe(1);
    }

    [SkippableFact]
    public void Links_are_not_followed_out_of_the_folder()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need rights there");
        File.CreateSymbolicLink(_scene["model/passwd.txt"], "/etc/passwd");
        _scene.Refused<InvalidDataException>(() => _scene.Push(_scene["model"])).ShouldContain("is a link");
    }

    [Fact]
    public void An_upload_to_a_foreign_host_is_refused()
    {
        _scene.Refused<InvalidDataException>(() => _scene.Push(_scene["model"], hub: _scene.Options(storage: "127.0.0.1:1"))).ShouldContain("--allow-host");
        Puts.ShouldBe(0);
    }
}
