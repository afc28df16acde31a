using Puna.Text;

namespace Puna.Training.Tests;

public sealed class ShardTests : IDisposable
{
    private readonly ShardTestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Deduplication.None, 1)]
    [InlineData(Deduplication.Near, 3)]
    public void Any_number_of_threads_writes_the_same_bytes(Deduplication deduplication, int files)
    {
        var documents = ShardTestFolder.Numbered(1500).Concat(ShardTestFolder.Numbered(300)).ToArray();
        var sources = new[] { _folder.Source("one", documents, files), _folder.Source("two", ShardTestFolder.Numbered(400, "other")) };
        var options = new ShardOptions { Deduplication = deduplication, ValidationShare = 0.1, TestShare = 0.05, ShardTokens = 20_000, HeldOutTokens = 2000 };
        foreach (var threads in (int[])[1, 2, 5]) _folder.Write($"out-{threads}", options with { Threads = threads }, sources);
        var names = Directory.GetFiles(_folder["out-1"]).Select(Path.GetFileName).Order().ToArray();
        names.Length.ShouldBeGreaterThan(8);
        foreach (var threads in (int[])[2, 5])
        {
            Directory.GetFiles(_folder[$"out-{threads}"]).Select(Path.GetFileName).Order().ShouldBe(names);
            foreach (var name in names) File.ReadAllBytes(_folder[$"out-{threads}/{name}"]).ShouldBe(File.ReadAllBytes(_folder[$"out-1/{name}"]), name);
        }
    }

    [Fact]
    public void Shards_give_back_every_document_once_and_the_counts_of_what_they_hold()
    {
        var documents = ShardTestFolder.Numbered(700);
        var shards = _folder.Write("out", new ShardOptions { ValidationShare = 0.2, TestShare = 0.1, ShardTokens = 5000 }, _folder.Source("one", documents));
        var found = Enum.GetValues<DataPart>().SelectMany(part => shards.Stream(0, part).Documents()).Select(ids => string.Join(' ', ids)).Order();
        found.ShouldBe(documents.Select(document => string.Join(' ', ShardTestFolder.Encode(document.Trim()))).Order());
        var summary = shards.Manifest.Sources.Single();
        summary.DocumentsRead.ShouldBe(700);
        summary.Part(DataPart.Validation).Documents.ShouldBeInRange(110, 170);
        summary.Part(DataPart.Test).Documents.ShouldBeInRange(45, 95);
        Enum.GetValues<DataPart>().Sum(part => summary.Part(part).Bytes).ShouldBe(documents.Sum(document => (long)document.Trim().Length));
        summary.Part(DataPart.Train).Shards.Count.ShouldBeGreaterThan(3);
        shards.Verify(2);
        var train = shards.Stream(0, DataPart.Train);
        var all = train.Documents().SelectMany(ids => ids).ToArray();
        var copied = new int[all.Length];
        train.Copy(0, copied);
        copied.ShouldBe(all, "copying goes across shards");
        train.Copy(4990, copied.AsSpan(0, 100));
        copied[..100].ShouldBe(all[4990..5090]);
    }

    [Fact]
    public void Repeated_documents_are_removed_across_sources_and_counted()
    {
        var (good, other) = (ShardTestFolder.Numbered(100), ShardTestFolder.Numbered(50, "other"));
        var prose = Enumerable.Range(0, 60).Select(i => $"word{i % 10} and more of it {i}").ToArray();
        var near = string.Join(' ', prose);
        var shards = _folder.Write("out", new ShardOptions { Deduplication = Deduplication.Near }, _folder.Source("one", [.. good, near]), _folder.Source("two", [.. other, .. good[..20], near + " end"]));
        shards.Manifest.Sources[1].Removed.ShouldBe(new Dictionary<string, long> { ["exact_duplicate"] = 20, ["near_duplicate"] = 1 });
        shards.Manifest.Sources[1].Part(DataPart.Train).Documents.ShouldBe(50);
        shards.Manifest.Sources[0].Removed.Values.Sum().ShouldBe(0);
    }

    [Fact]
    public void Of_two_equal_documents_the_one_held_out_stays()
    {
        var documents = ShardTestFolder.Numbered(40);
        var shards = _folder.Write("out", new ShardOptions { Deduplication = Deduplication.Exact }, _folder.Source("train", documents), _folder.Source("held", documents[..10]) with { Part = DataPart.Validation });
        shards.Manifest.Sources[1].Part(DataPart.Validation).Documents.ShouldBe(10);
        shards.Manifest.Sources[0].Part(DataPart.Train).Documents.ShouldBe(30);
    }

    [Fact]
    public void Filters_remove_and_count_by_their_reasons()
    {
        var shards = _folder.Write("out", new ShardOptions { Filters = [QualityFilter.Find("gopher-repetition")!] }, _folder.Source("one", ["a good line of text", "again and again\nagain and again\nagain and again"]));
        var summary = shards.Manifest.Sources.Single();
        summary.Part(DataPart.Train).Documents.ShouldBe(1);
        summary.Removed["gopher-repetition/duplicate_lines"].ShouldBe(1);
        summary.Removed.Count.ShouldBe(QualityFilter.Find("gopher-repetition")!.Reasons.Count);
    }

    [Fact]
    public void A_source_of_which_nothing_is_left_is_refused()
    {
        var options = new ShardOptions { Filters = [QualityFilter.Find("gopher-quality")!] };
        Should.Throw<InvalidDataException>(() => _folder.Write("out", options, _folder.Source("one", ["short", "shorter"]))).Message.ShouldContain("one: of 2 documents 0 are left");
    }

    [Fact]
    public void Damage_is_found_and_named()
    {
        _folder.Write("out", new ShardOptions { ShardTokens = 2000 }, _folder.Source("one", ShardTestFolder.Numbered(300))).Dispose();
        var shard = Directory.GetFiles(_folder["out"], "*.shard").Order().ElementAt(1);
        var good = File.ReadAllBytes(shard);
        void Refused(byte[]? bytes, string sentence, bool verify = false)
        {
            if (bytes is null) File.Delete(shard);
            else File.WriteAllBytes(shard, bytes);
            var message = Should.Throw<InvalidDataException>(() =>
            {
                using var folder = ShardFolder.Open(_folder["out"]);
                if (verify) folder.Verify(2);
            }).Message;
            message.ShouldContain(sentence);
            message.ShouldContain(shard);
        }
        Refused([], "the shard is empty");
        Refused(good[..^8], "damaged, it has");
        Refused("some text that is no shard"u8.ToArray(), "no shard of tokens");
        Refused(Flipped(good, 60), "its header does not agree");
        Refused(Flipped(good, 200), "its tokens do not agree with their checksum", verify: true);
        Refused(Flipped(good, good.Length - 3), "its tokens do not agree with their checksum", verify: true);
        Refused(Flipped(good, 8), "version");
        Refused(null, "the shard is missing");
        File.WriteAllBytes(shard, good);
        using (var whole = ShardFolder.Open(_folder["out"])) whole.Verify(2);
        File.WriteAllText(_folder["out/shards.json"], "{\"format\":");
        Should.Throw<InvalidDataException>(() => ShardFolder.Open(_folder["out"])).Message.ShouldContain("shards.json");
        Should.Throw<InvalidDataException>(() => ShardFolder.Open(_folder.Root)).Message.ShouldContain("holds no shards");
        Should.Throw<FileNotFoundException>(() => ShardFolder.Open(_folder["none"]));
    }

    [Fact]
    public void A_shard_of_another_tokenizer_is_refused()
    {
        _folder.Write("out", new ShardOptions(), _folder.Source("one", ShardTestFolder.Numbered(30))).Dispose();
        Directory.CreateDirectory(_folder["other"]);
        ShardBuilder.Write(_folder["other"], [_folder.Source("one", ShardTestFolder.Numbered(30))], CharacterTokenizerTrainer.Train("zyx document"), new ShardOptions(), new Dictionary<string, string>());
        File.Copy(_folder["other/train-00-00000.shard"], _folder["out/train-00-00000.shard"], overwrite: true);
        Should.Throw<InvalidDataException>(() => ShardFolder.Open(_folder["out"])).Message.ShouldContain("another tokenizer");
    }

    [Fact]
    public void Large_vocabularies_take_four_bytes_a_token()
    {
        using (var writer = new ShardWriter(_folder["a.shard"], 100_000, new byte[32]))
        {
            writer.Add([1, 99_999, 65_536], 7);
            writer.Add([5], 1);
            writer.Finish();
        }
        using var shard = new ShardFile(_folder["a.shard"]);
        (shard.Header.TokenBytes, shard.Header.TokenCount, shard.Header.DocumentCount, shard.Header.TextBytes).ShouldBe((4, 4, 2, 8));
        var tokens = new int[4];
        shard.Copy(0, tokens);
        tokens.ShouldBe([1, 99_999, 65_536, 5]);
        (shard.FindDocument(2), shard.FindDocument(3), shard.DocumentStart(1), shard.DocumentStart(2)).ShouldBe((0, 1, 3, 4));
        shard.Verify();
        ShardWriter.TokenBytes(65_536).ShouldBe(2);
        ShardWriter.TokenBytes(65_537).ShouldBe(4);
    }

    [Fact]
    public void The_checksum_is_the_castagnoli_one()
    {
        var crc = new Crc32C();
        crc.Add("1234"u8);
        crc.Add("56789"u8);
        crc.Value.ShouldBe(0xE3069283); // the check value of RFC 3720's polynomial
    }

    private static byte[] Flipped(byte[] bytes, int at)
    {
        var copy = (byte[])bytes.Clone();
        copy[at] ^= 0x40;
        return copy;
    }
}
