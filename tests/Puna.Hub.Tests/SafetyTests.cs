using FsCheck;
using FsCheck.Fluent;

namespace Puna.Hub.Tests;

/// <summary>What a malicious server, or one in between, may not do.</summary>
public sealed class SafetyTests : IDisposable
{
    private readonly Scene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData("../escape.json")]
    [InlineData("a/../../escape.json")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a\\b")]
    [InlineData("..\\escape.json")]
    [InlineData("C:escape.json")]
    [InlineData("file:stream")]
    [InlineData("nul")]
    [InlineData("a/COM1.txt")]
    [InlineData("trailing.")]
    [InlineData("trailing ")]
    [InlineData("bell\u0007")]
    [InlineData("line\nbreak")]
    [InlineData("right\u202Eleft")]
    [InlineData(".git/hooks/post-checkout")]
    [InlineData("a/.GIT/config")]
    [InlineData("model.safetensors.part")]
    [InlineData("model.safetensors.part.etag")]
    public void A_name_that_leads_elsewhere_is_refused(string name)
    {
        _scene.Hub["bad/names"].Commit(("config.json", new TestFile("{}"u8.ToArray(), false)), (name, new TestFile("evil"u8.ToArray(), false)));
        _scene.Refused<InvalidDataException>(() => _scene.Pull(new PullOptions(ModelName.Parse("bad/names")) { Output = _scene["deep/out"], Selection = new FileSelection([], [], All: true) })).ShouldContain("nothing is written there");
        Directory.GetFiles(_scene.Folder, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public void No_name_whatever_leads_out_of_its_folder() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(
        Gen.ArrayOf(Gen.Elements("a", "..", ".", "/", "\\", ":", " ", "C", "é", "\0", "~", "nul", "%2e", "...", "\u202E", "b.json")).Select(parts => string.Concat(parts)).ToArbitrary(), name =>
        {
            try
            {
                var path = Path.GetFullPath(new TargetFolder("/tmp/puna-root").PathOf(name));
                return path.StartsWith("/tmp/puna-root/", StringComparison.Ordinal);
            }
            catch (InvalidDataException)
            {
                return true;
            }
        }));

    [SkippableFact]
    public void Nothing_is_written_through_a_link()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need rights there");
        foreach (var link in (string[])["model.safetensors", "model.safetensors.part", "config.json.part.etag"])
        {
            var target = _scene["elsewhere-" + link];
            Directory.CreateDirectory(_scene["out"]);
            File.CreateSymbolicLink(Path.Combine(_scene["out"], link), target);
            _scene.Refused<InvalidDataException>(() => _scene.Pull()).ShouldContain("is a link");
            File.Exists(target).ShouldBeFalse();
            Directory.Delete(_scene["out"], recursive: true);
        }
        Directory.CreateDirectory(_scene["outside"]);
        Directory.CreateDirectory(_scene["out"]);
        Directory.CreateSymbolicLink(_scene["out/original"], _scene["outside"]);
        _scene.Refused<InvalidDataException>(() => _scene.Pull(new PullOptions(ModelName.Parse(Scene.Model)) { Output = _scene["out"], Selection = new FileSelection([], [], All: true) })).ShouldContain("is a link");
        Directory.GetFiles(_scene["outside"]).ShouldBeEmpty();
    }

    [Fact]
    public void A_redirect_to_a_foreign_host_is_not_followed()
    {
        _scene.Refused<InvalidDataException>(() => _scene.Pull(hub: _scene.Options(storage: "127.0.0.1:1"))).ShouldContain($"--allow-host {_scene.Hub.Storage.Authority}");
        _scene.Hub.StorageRequests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("http://example.org/x", "not https")]
    [InlineData("https://huggingface.co.example.org/x", "not among the allowed hosts")]
    [InlineData("file:///etc/passwd", "not https")]
    [InlineData("ftp://127.0.0.1/x", "not https")]
    [InlineData("https://user:secret@huggingface.co/x", "name or password")]
    public void A_redirect_elsewhere_is_refused(string location, string words)
    {
        _scene.Hub.Interfere("/resolve/", response => response with { Status = 302, Headers = [("Location", location)] }, times: 9);
        var options = new HubOptions(_scene.Hub.Address, new AllowedHosts([_scene.Hub.Address.Authority, .. AllowedHosts.HuggingFace])) { Retry = _scene.Retry };
        _scene.Refused<InvalidDataException>(() => _scene.Pull(hub: options)).ShouldContain(words);
    }

    [Fact]
    public void Redirects_in_a_circle_end()
    {
        _scene.Hub.Interfere("/resolve/", response => response with { Status = 302, Headers = [("Location", $"/{Scene.Model}/resolve/main/config.json")] }, times: 99);
        _scene.Refused<IOException>(() => _scene.Pull()).ShouldContain("redirects in a row");
    }

    [Theory]
    [InlineData("https://huggingface.co/x", true)]
    [InlineData("https://HuggingFace.co/x", true)]
    [InlineData("https://cdn-lfs.huggingface.co/x", true)]
    [InlineData("https://us.aws.cdn.hf.co/x", true)]
    [InlineData("https://cas-bridge.xethub.hf.co/x", true)]
    [InlineData("https://huggingface.co:444/x", false)]
    [InlineData("https://evilhuggingface.co/x", false)]
    [InlineData("https://evilhf.co/x", false)]
    [InlineData("http://huggingface.co/x", false)]
    [InlineData("https://127.0.0.1/x", false)]
    [InlineData("http://127.0.0.1:8080/x", false)]
    public void Hosts_are_compared_whole(string address, bool isAllowed)
    {
        var hosts = new AllowedHosts(AllowedHosts.HuggingFace);
        if (isAllowed) hosts.Require(new Uri(address), "it names");
        else Should.Throw<InvalidDataException>(() => hosts.Require(new Uri(address), "it names"));
    }

    [Fact]
    public void What_a_server_says_is_shown_in_one_clean_line_and_never_with_the_token()
    {
        _scene.Hub.Interfere("/revision/", _ => new TestResponse(400, System.Text.Encoding.UTF8.GetBytes($$"""{"error":"\u001b[31mred\nyou sent {{TestHub.Token}}"}""")));
        var sentence = _scene.Refused<IOException>(() => _scene.Pull());
        sentence.ShouldNotContain('\u001b');
        sentence.ShouldContain("you sent …");
    }

    [Fact]
    public void A_listing_without_measure_is_refused()
    {
        _scene.Hub.Interfere("/tree/", response => response with { Headers = [("Link", $"<{_scene.Hub.Address}api/models/{Scene.Model}/tree/main?recursive=true>; rel=\"next\"")] }, times: 9999);
        _scene.Refused<IOException>(() => _scene.Pull()).ShouldContain("twice");
        using var other = new Scene();
        other.Hub.Interfere("/tree/", _ => TestResponse.Text(200, $$"""[{"type":"file","path":"config.json","size":-1,"oid":"{{new string('a', 40)}}"}]"""));
        other.Refused<IOException>(() => other.Pull()).ShouldContain("without a size");
        other.Hub.Interfere("/tree/", _ => TestResponse.Text(200, """[{"type":"file","path":"config.json","size":1,"oid":"../../x"}]"""));
        other.Refused<IOException>(() => other.Pull()).ShouldContain("no checksum");
        other.Hub.Interfere("/tree/", _ => TestResponse.Text(200, $$"""[{"type":"file","path":"model.safetensors","size":9000000000000000,"oid":"{{new string('a', 40)}}"}]"""));
        other.Refused<IOException>(() => other.Pull()).ShouldContain("make room");
        other.Hub.Interfere("/revision/", _ => TestResponse.Text(200, """{"sha":"../../../x"}"""));
        other.Refused<IOException>(() => other.Pull()).ShouldContain("which is none");
    }

    [Fact]
    public void A_file_or_folder_in_the_way_is_left_alone()
    {
        File.WriteAllText(_scene["out"], "mine");
        _scene.Refused<InvalidDataException>(() => _scene.Pull()).ShouldContain("is a file");
        File.ReadAllText(_scene["out"]).ShouldBe("mine");
        Directory.CreateDirectory(_scene["other/config.json"]);
        _scene.Refused<InvalidDataException>(() => _scene.Pull(new PullOptions(ModelName.Parse(Scene.Model)) { Output = _scene["other"], Overwrite = true })).ShouldContain("is a folder");
    }

    [SkippableFact]
    public void A_folder_that_cannot_be_written_is_said()
    {
        Skip.If(OperatingSystem.IsWindows() || Environment.UserName == "root", "whoever may write everywhere cannot be refused");
        if (OperatingSystem.IsWindows()) return;
        Directory.CreateDirectory(_scene["out"]);
        File.SetUnixFileMode(_scene["out"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Should.Throw<UnauthorizedAccessException>(() => _scene.Pull());
        File.SetUnixFileMode(_scene["out"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [SkippableFact]
    public void A_place_where_no_folder_can_be_made_is_said()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs /proc");
        var exception = Should.Throw<Exception>(() => _scene.Pull(new PullOptions(ModelName.Parse(Scene.Model)) { Output = "/proc/puna/out" }));
        (exception is IOException or UnauthorizedAccessException).ShouldBeTrue(exception.ToString());
    }

    [Fact]
    public void A_name_of_half_a_surrogate_pair_in_a_description_does_not_end_the_pull()
    {
        _scene.Hub.Interfere("/revision/", _ => TestResponse.Text(200, $$"""{"gated":"auto","\ud800":"lfs","sha":"{{_scene.Hub[Scene.Model].Head}}"}"""));
        _scene.Pull();
        File.ReadAllBytes(_scene["out/model.safetensors"]).ShouldBe(_scene.Weights);
    }

    [Fact]
    public void Whatever_a_hub_answers_ends_in_a_sentence()
    {
        string[] places = ["/revision/", "/tree/", "/preupload/", "/batch", "/commit/", "/api/models/someone/new", "/api/repos/create"];
        Directory.CreateDirectory(_scene["model"]);
        File.WriteAllBytes(_scene["model/model.safetensors"], _scene.Weights[..2000]);
        var refusals = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(Gen.Elements(places).SelectMany(place => Json(4).Select(json => (place, json))).ToArbitrary(), one =>
        {
            _scene.Hub.Repositories.Remove("someone/new");
            _scene.Hub.Blobs.Clear();
            if (Directory.Exists(_scene["out"])) Directory.Delete(_scene["out"], recursive: true);
            var isMet = false;
            _scene.Hub.Interfere(request => !isMet && request.Path.Contains(one.place, StringComparison.Ordinal), _ =>
            {
                isMet = true;
                return TestResponse.Text(200, one.json);
            });
            try
            {
                if (one.place is "/revision/" or "/tree/") _scene.Pull();
                else _scene.Push(_scene["model"]);
            }
            catch (Exception exception) when (exception is InvalidDataException or IOException)
            {
                refusals++;
                return !exception.Message.Contains('\n', StringComparison.Ordinal) && isMet;
            }
            return isMet;
        }));
        refusals.ShouldBeGreaterThan(100);
    }

    private static Gen<string> Json(int depth)
    {
        var scalar = Gen.Elements("null", "true", "0", "-1", "1e999", "9223372036854775808", "\"\"", "\"\\ud800\"", "\"../x\"", "\"lfs\"", "\"file\"", "\"license:x\"", "\"model.safetensors\"", "\"https://huggingface.co/x\"", "\"http://[\"",
            $"\"{new string('a', 40)}\"", $"\"{new string('b', 64)}\"", "{", "\u0000");
        if (depth == 0) return scalar;
        var key = Gen.Elements("sha", "private", "gated", "cardData", "license", "tags", "path", "size", "oid", "lfs", "type", "objects", "actions", "upload", "verify", "href", "header", "chunk_size", "1", "error", "message", "code", "files", "uploadMode", "shouldIgnore", "commitOid", "\\ud800");
        var inner = Json(depth - 1);
        return Gen.OneOf(scalar, Gen.ArrayOf(inner, 2).Select(list => $"[{string.Join(',', list)}]"), Gen.ArrayOf(key.SelectMany(name => inner.Select(value => $"\"{name}\":{value}")), 6).Select(members => $"{{{string.Join(',', members)}}}"));
    }

    [Fact]
    public void Two_at_once_do_not_write_the_same_part()
    {
        Directory.CreateDirectory(_scene["out"]);
        File.WriteAllText(_scene["out/config.json.part.etag"], $"git sha1 {_scene.Hub[Scene.Model].Files["config.json"].GitBlob}\n\n");
        using var held = new FileStream(_scene["out/config.json.part"], FileMode.Create, FileAccess.Write, FileShare.None);
        _scene.Refused<IOException>(() => _scene.Pull()).ShouldContain("another process");
        File.Exists(_scene["out/config.json"]).ShouldBeFalse();
    }
}
