namespace Puna.Hub.Tests;

/// <summary>Failures in the middle of a download.</summary>
public sealed class BreakTests : IDisposable
{
    private readonly Scene _scene = new();

    public void Dispose() => _scene.Dispose();

    private string Part => _scene["out/model.safetensors.part"];

    private void ShouldBeWhole()
    {
        File.ReadAllBytes(_scene["out/model.safetensors"]).ShouldBe(_scene.Weights);
        Directory.GetFiles(_scene["out"], "*.part*").ShouldBeEmpty();
    }

    [Fact]
    public void A_connection_that_drops_is_taken_up_where_it_broke()
    {
        _scene.Hub.Interfere("/blobs/", response => response with { CutAfter = 200_000 });
        _scene.Hub.Interfere(request => request.Path.StartsWith("/blobs/", StringComparison.Ordinal), response => response with { CutAfter = 60_000, HasNoLength = true });
        _scene.Pull();
        ShouldBeWhole();
        var requests = _scene.WeightRequests.ToArray();
        requests.Length.ShouldBe(3);
        requests[0].Header("Range").ShouldBeNull();
        requests[1].Header("Range").ShouldBe("bytes=200000-");
        requests[1].Header("If-Range").ShouldStartWith("\"storage-");
        requests[2].Header("Range").ShouldBe("bytes=260000-");
        _scene.Told.All.ShouldContain("going on after");
    }

    [Fact]
    public void A_pull_that_fails_keeps_what_came_and_the_next_one_goes_on_there()
    {
        _scene.Hub.Interfere("/blobs/", response => response with { CutAfter = 100_000 });
        _scene.Hub.Interfere("/blobs/", response => response with { CutAfter = 0 }, times: 9);
        _scene.Refused<IOException>(() => _scene.Pull()).ShouldContain("97.7 KiB of 293.0 KiB are kept");
        new FileInfo(Part).Length.ShouldBe(100_000);
        File.Exists(_scene["out/model.safetensors"]).ShouldBeFalse();
        File.Exists(_scene["out/config.json"]).ShouldBeTrue();

        using var calm = new Scene();
        Directory.CreateDirectory(calm["out"]);
        foreach (var file in Directory.GetFiles(_scene["out"])) File.Copy(file, Path.Combine(calm["out"], Path.GetFileName(file)));
        calm.Pull();
        File.ReadAllBytes(calm["out/model.safetensors"]).ShouldBe(_scene.Weights);
        calm.WeightRequests.ShouldHaveSingleItem().Header("Range").ShouldBe("bytes=100000-");
    }

    [Fact]
    public void A_silent_connection_counts_as_broken()
    {
        _scene.Hub.Interfere("/blobs/", response => response with { StallAfter = 150_000 });
        _scene.Pull(hub: _scene.Options() with { Retry = _scene.Retry with { Silence = TimeSpan.FromMilliseconds(700) } });
        ShouldBeWhole();
        _scene.Told.All.ShouldContain("silent for 0.7 seconds");
        _scene.WeightRequests.Last().Header("Range").ShouldBe("bytes=150000-");
    }

    [Fact]
    public void Another_file_on_the_server_between_two_parts_begins_anew()
    {
        _scene.Hub.Interfere("/blobs/", response => response with { CutAfter = 200_000 });
        // it ignores If-Range and sends the rest of something else
        _scene.Hub.Interfere("/blobs/", response => response with { Status = 206, Body = new byte[100_000], Headers = [("ETag", "\"another\""), ("Content-Range", "bytes 200000-299999/300000")] });
        _scene.Pull();
        ShouldBeWhole();
        _scene.Told.All.ShouldContain("another file there than the one begun");
        _scene.WeightRequests.Last().Header("Range").ShouldBeNull();
    }

    [Fact]
    public void A_server_that_heeds_If_Range_sends_the_whole_and_that_is_taken()
    {
        _scene.Hub.Interfere("/blobs/", response => response with { CutAfter = 200_000, Headers = [("ETag", "\"of yesterday\"")] });
        _scene.Pull();
        ShouldBeWhole();
        _scene.WeightRequests.Last().Header("If-Range").ShouldBe("\"of yesterday\"");
        _scene.WeightRequests.Count().ShouldBe(2);
    }

    [Fact]
    public void A_part_that_does_not_fit_is_fetched_once_more()
    {
        _scene.Hub.Interfere("/blobs/", response => response with { CutAfter = 200_000 });
        _scene.Hub.Interfere("/blobs/", response => response with { CutAfter = 0 }, times: 9);
        _scene.Refused<IOException>(() => _scene.Pull());
        var bytes = File.ReadAllBytes(Part);
        bytes[77] ^= 1;
        File.WriteAllBytes(Part, bytes);
        using var calm = new Scene();
        Directory.CreateDirectory(calm["out"]);
        foreach (var file in Directory.GetFiles(_scene["out"])) File.Copy(file, Path.Combine(calm["out"], Path.GetFileName(file)));
        calm.Pull();
        File.ReadAllBytes(calm["out/model.safetensors"]).ShouldBe(_scene.Weights);
        calm.Told.All.ShouldContain("do not fit together");
    }

    [Theory]
    [InlineData("bytes 0-299999/300000")]
    [InlineData("bytes 200000-299999/300001")]
    public void A_part_that_was_not_asked_for_is_not_used(string range)
    {
        _scene.Hub.Interfere("/blobs/", response => response with { CutAfter = 200_000 });
        _scene.Hub.Interfere("/blobs/", response => response with { Body = new byte[100_000], Headers = [("Content-Range", range)] });
        _scene.Pull();
        ShouldBeWhole();
    }

    [Fact]
    public void A_part_that_the_server_does_not_have_begins_anew()
    {
        _scene.Hub.Interfere("/blobs/", response => response with { CutAfter = 200_000 });
        _scene.Hub.Interfere("/blobs/", _ => new TestResponse(416, []));
        _scene.Pull();
        ShouldBeWhole();
    }

    [Fact]
    public void A_wrong_checksum_leaves_nothing_behind()
    {
        _scene.Hub.Interfere("/blobs/", response =>
        {
            var body = response.Body.ToArray();
            body[123_456] ^= 1;
            return response with { Body = body };
        }, times: 2);
        var sentence = _scene.Refused<IOException>(() => _scene.Pull());
        sentence.ShouldContain("promised was sha256");
        File.Exists(_scene["out/model.safetensors"]).ShouldBeFalse();
        Directory.GetFiles(_scene["out"], "*.part*").ShouldBeEmpty();
        _scene.Hub.Interfere("/resolve/", response => response.Status == 200 ? response with { Body = new byte[response.Body.Length] } : response);
        File.Delete(_scene["out/config.json"]);
        _scene.Refused<IOException>(() => _scene.Pull()).ShouldContain("promised was git sha1");
    }

    [Fact]
    public void More_bytes_than_announced_are_not_taken()
    {
        _scene.Hub.Interfere("/blobs/", response => response with { Body = new byte[400_000] });
        _scene.Refused<IOException>(() => _scene.Pull()).ShouldContain("announces 400000 bytes");
        _scene.Hub.Interfere("/blobs/", response => response with { Body = new byte[400_000], HasNoLength = true });
        _scene.Refused<IOException>(() => _scene.Pull()).ShouldContain("more than the 300000 bytes");
        Directory.GetFiles(_scene["out"], "model*").ShouldBeEmpty();
    }

    [Fact]
    public void Another_content_than_the_listing_says_is_seen_before_it_comes()
    {
        _scene.Hub.Interfere("/resolve/", response => response.Status == 302 ? response with { Headers = [response.Headers[0], ("X-Linked-Etag", $"\"{new string('0', 64)}\"")] } : response, times: 9);
        _scene.Refused<IOException>(() => _scene.Pull()).ShouldContain("another file there than when it was listed");
    }

    [Fact]
    public void A_server_that_is_busy_is_asked_again_after_as_long_as_it_wants()
    {
        _scene.Hub.Interfere("/revision/", _ => TestResponse.Text(503, "busy"), times: 2);
        _scene.Hub.Interfere("/tree/", _ => TestResponse.Text(429, "slowly", ("Retry-After", "17")));
        _scene.Hub.Interfere("/blobs/", _ => TestResponse.Text(503, "busy"));
        _scene.Pull();
        ShouldBeWhole();
        _scene.Pauses.ShouldBe([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(17), TimeSpan.FromSeconds(1)]);
    }

    [Fact]
    public void A_server_that_stays_busy_is_given_up()
    {
        _scene.Hub.Interfere("/revision/", _ => TestResponse.Text(503, "busy"), times: 9);
        _scene.Refused<IOException>(() => _scene.Pull()).ShouldContain("HTTP 503");
        _scene.Pauses.Count.ShouldBe(3);
        using var other = new Scene();
        other.Hub.Interfere("/tree/", _ => TestResponse.Text(429, "come back", ("Retry-After", "86400")));
        other.Refused<IOException>(() => other.Pull()).ShouldContain("86400 seconds");
        other.Pauses.ShouldBeEmpty();
    }

    [Fact]
    public void Where_nobody_listens_it_is_said()
    {
        var gone = new TestHub();
        gone.Dispose();
        var options = new HubOptions(gone.Address, new AllowedHosts([gone.Address.Authority])) { Retry = _scene.Retry };
        _scene.Refused<IOException>(() => _scene.Pull(hub: options)).ShouldContain("cannot be reached");
    }

    [Fact]
    public void A_stop_keeps_what_came()
    {
        using var stop = new CancellationTokenSource();
        _scene.Hub.Interfere("/blobs/", response =>
        {
            stop.CancelAfter(300);
            return response with { StallAfter = 120_000 };
        });
        Should.Throw<OperationCanceledException>(() => PullRun.Run(new PullOptions(ModelName.Parse(Scene.Model)) { Output = _scene["out"] }, _scene.Options(), _scene.Told, stop.Token));
        File.Exists(_scene["out/model.safetensors"]).ShouldBeFalse();
        _scene.Pull();
        ShouldBeWhole();
    }
}
