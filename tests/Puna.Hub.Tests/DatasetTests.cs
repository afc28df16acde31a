using System.Security.Cryptography;
using Puna.Tests;

namespace Puna.Hub.Tests;

public sealed class DatasetTests : IDisposable
{
    private static readonly byte[] Text = "First Citizen:\nBefore we proceed any further, hear me speak.\n"u8.ToArray();
    private readonly Scene _scene = new();
    private readonly LoopbackServer _publisher;
    private int _asked;

    public DatasetTests() => _publisher = new LoopbackServer(_ =>
    {
        _asked++;
        return new TestResponse(200, Text);
    });

    public void Dispose()
    {
        _publisher.Dispose();
        _scene.Dispose();
    }

    private PublicDataset Set => new("little", new Uri(_publisher.Address, "little.txt"), Text.Length, Convert.ToHexStringLower(SHA256.HashData(Text)), "public domain", "a little text");

    private DatasetCache Cache(bool isOffline = false) => new(_scene["cache"], isOffline) { Retry = _scene.Retry };

    [Fact]
    public void A_data_set_is_fetched_once_with_its_licence_shown()
    {
        var path = Cache().Ensure(Set, _scene.Told, CancellationToken.None);
        path.ShouldBe(Path.Combine(_scene["cache"], "data", "little.txt"));
        File.ReadAllBytes(path).ShouldBe(Text);
        _scene.Told.All.ShouldContain("licence public domain");
        Cache().Ensure(Set, _scene.Told, CancellationToken.None);
        Cache(isOffline: true).Ensure(Set, _scene.Told, CancellationToken.None);
        _asked.ShouldBe(1);
    }

    [Fact]
    public void Offline_the_sentence_says_what_to_put_where_and_that_file_is_taken()
    {
        var sentence = _scene.Refused<InvalidDataException>(() => Cache(isOffline: true).Ensure(Set, _scene.Told, CancellationToken.None));
        var path = Cache().PathOf(Set);
        foreach (var words in (string[])[Set.Address.ToString(), path, Set.Sha256, "HF_HUB_OFFLINE"]) sentence.ShouldContain(words);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Text);
        Cache(isOffline: true).Ensure(Set, _scene.Told, CancellationToken.None).ShouldBe(path);
        File.WriteAllText(path, "something else");
        _scene.Refused<InvalidDataException>(() => Cache().Ensure(Set, _scene.Told, CancellationToken.None)).ShouldContain("is another file than little");
        File.ReadAllText(path).ShouldBe("something else");
        _asked.ShouldBe(0);
    }

    [Fact]
    public void Without_a_network_the_sentence_says_it_too()
    {
        var gone = new TestHub();
        gone.Dispose();
        var sentence = _scene.Refused<IOException>(() => Cache().Ensure(Set with { Address = new Uri(gone.Address, "x.txt") }, _scene.Told, CancellationToken.None));
        sentence.ShouldContain("cannot be reached");
        sentence.ShouldContain(Cache().PathOf(Set));
        _scene.Refused<IOException>(() => Cache().Ensure(Set with { Sha256 = new string('0', 64) }, _scene.Told, CancellationToken.None)).ShouldContain("promised was");
        Directory.GetFiles(Path.Combine(_scene["cache"], "data")).ShouldBeEmpty();
        using var moved = new LoopbackServer(_ => TestResponse.Text(404, "404: Not Found"));
        var sentenceOfMoved = _scene.Refused<IOException>(() => Cache().Ensure(Set with { Address = new Uri(moved.Address, "x.txt") }, _scene.Told, CancellationToken.None));
        sentenceOfMoved.ShouldContain("HTTP 404");
        sentenceOfMoved.ShouldNotContain("HF_TOKEN");
    }

    [Fact]
    public void The_catalogue_is_well_formed_and_names_tinyshakespeare_first()
    {
        PublicDataset.All[0].Name.ShouldBe("tinyshakespeare");
        PublicDataset.Find("TinyShakespeare").ShouldBe(PublicDataset.All[0]);
        PublicDataset.Find("nothing").ShouldBeNull();
        foreach (var set in PublicDataset.All)
        {
            set.Address.Scheme.ShouldBe("https");
            set.Sha256.Length.ShouldBe(64);
            set.Licence.ShouldNotBeEmpty();
            RemotePath.Check(set.FileName).ShouldHaveSingleItem();
        }
    }

    [SkippableTheory]
    [InlineData("tinyshakespeare", "tinyshakespeare.txt")]
    [InlineData("the-verdict", "the-verdict.txt")]
    [InlineData("botchan", "botchan.txt")]
    [InlineData("wikitext-2-valid", "wikitext2-tokens-valid.txt")]
    public void Sizes_and_checksums_are_those_of_the_real_files(string name, string file)
    {
        var bytes = File.ReadAllBytes(SharedData.Shared($"data/corpora/{file}"));
        var set = PublicDataset.Find(name)!;
        set.Bytes.ShouldBe(bytes.Length);
        set.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }
}
