using System.Text;

namespace Puna.Text.Tests;

/// <summary>Counting in bounded memory, and vocabularies that do not depend on the number of threads.</summary>
public class TrainerMemoryTests
{
    // Several blocks of lines, so that threads have something to share out.
    private static readonly string[] Lines = [.. Enumerable.Range(0, 9).SelectMany(round => File.ReadLines(GoldenModels.Stored("corpus_ascii.txt")).Select(line => string.Join(' ', line.Split(' ').Skip(round).Concat(line.Split(' ').Take(round)))))];

    // Many words of which most are rare.
    private static readonly string[] ManyWords = [.. Enumerable.Range(0, 60_000).Select(i => $"{Letters(i * 7919)} {Letters(i % 37)} {Letters(i % 11)} {Letters(i)}")];

    public static TheoryData<int> Threads => [2, 3, 5];

    [Theory]
    [MemberData(nameof(Threads))]
    public void Any_number_of_threads_gives_the_same_vocabulary(int threads)
    {
        var options = new BpeTrainerOptions { VocabularySize = 500, Normalization = "identity", Threads = 1 };
        var tight = options with { MemoryBytes = 1 << 20, VocabularySize = 100 };
        string Bpe(string[] lines, BpeTrainerOptions o) => SentencePieceBpeTrainer.Train(lines, o).Model.ToVocabularyText();
        byte[] Unigram(string[] lines, BpeTrainerOptions o) => SentencePieceUnigramTrainer.Train(lines, o).Model.ToBytes();
        Bpe(Lines, options with { Threads = threads }).ShouldBe(Bpe(Lines, options));
        Unigram(Lines, options with { Threads = threads }).AsSpan().SequenceEqual(Unigram(Lines, options)).ShouldBeTrue();
        Bpe(ManyWords, tight with { Threads = threads }).ShouldBe(Bpe(ManyWords, tight));
        Unigram(ManyWords, tight with { Threads = threads }).AsSpan().SequenceEqual(Unigram(ManyWords, tight)).ShouldBeTrue();
        var bytes = new ByteLevelTrainerOptions { VocabularySize = 500, Threads = 1 };
        string ByteLevel(ByteLevelTrainerOptions o) => Encoding.UTF8.GetString(TokenizerJsonWriter.ToBytes(ByteLevelBpeTrainer.Train(Lines.Chunk(1000).Select(chunk => string.Join('\n', chunk)), o)));
        (ByteLevel(bytes with { Threads = threads }) == ByteLevel(bytes)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(300_000)]
    [InlineData(3_000_000)]
    public void Counts_stay_within_their_memory_and_frequent_words_in_them(long most)
    {
        var (counter, plain) = (new WordCounter(most), new Dictionary<string, long>());
        foreach (var word in ManyWords.SelectMany(line => line.Split(' ')))
        {
            counter.Add(word);
            plain[word] = plain.GetValueOrDefault(word) + 1;
        }
        counter.PeakBytes.ShouldBeLessThanOrEqualTo(most);
        var counted = counter.All().ToDictionary(word => word.Word, word => word.Count);
        (counted.Values.Sum() + counter.Dropped.Occurrences).ShouldBe(plain.Values.Sum());
        foreach (var (word, count) in counted) count.ShouldBeLessThanOrEqualTo(plain[word]);
        for (var i = 0; i < 37; i++) counted[Letters(i)].ShouldBe(plain[Letters(i)]);
        (counter.Dropped.Words == 0).ShouldBe(counted.Count == plain.Count);
        if (most < 1_000_000) counter.Dropped.Words.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Counts_are_64_bits_wide()
    {
        var counter = new WordCounter(1 << 20);
        for (var i = 0; i < 5; i++) counter.Add("word", 3_000_000_000_000);
        counter.All().ShouldBe([("word", 15_000_000_000_000, (byte)0)]);
    }

    [Fact]
    public void What_is_dropped_is_said_and_the_rest_is_learned()
    {
        var said = new List<DroppedWords>();
        var options = new BpeTrainerOptions { VocabularySize = 60, Normalization = "identity", MemoryBytes = 1 << 20, WhenDropped = said.Add };
        SentencePieceBpeTrainer.Train(ManyWords, options).VocabularySize.ShouldBe(60);
        SentencePieceUnigramTrainer.Train(ManyWords, options).VocabularySize.ShouldBe(60);
        ByteLevelBpeTrainer.Train(ManyWords, new ByteLevelTrainerOptions { VocabularySize = 300, MemoryBytes = 1 << 20, WhenDropped = said.Add }).VocabularySize.ShouldBe(300);
        said.Count.ShouldBe(3);
        foreach (var dropped in said)
        {
            dropped.Words.ShouldBeGreaterThan(1000);
            dropped.AllOccurrences.ShouldBeGreaterThanOrEqualTo(4 * ManyWords.Length);
            dropped.Share.ShouldBeInRange(0.05, 0.6);
        }
        SentencePieceBpeTrainer.Train(ManyWords, options with { MemoryBytes = 1 << 30 });
        said.Count.ShouldBe(3);
        Should.Throw<InvalidDataException>(() => ByteLevelBpeTrainer.Train(ManyWords, new ByteLevelTrainerOptions { MemoryBytes = 5 })).Message.ShouldContain("1 MiB");
    }

    [Fact]
    public void Files_are_read_in_parts_that_cut_no_word()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "text.txt");
        var text = "\uFEFFone\r\n\r\n  two\n" + string.Join('\n', Lines) + "\n\n x\n";
        File.WriteAllText(path, text);
        var plain = text[1..].Replace("\r\n", "\n");
        string.Join('\n', TextFile.ReadLines(path)).ShouldBe(plain[..^1]);
        var stretches = TextFile.ReadStretches(path).ToArray();
        (string.Concat(stretches) == plain).ShouldBeTrue();
        stretches.Length.ShouldBeGreaterThan(1);
        foreach (var rule in SplitRule.All)
            stretches.SelectMany(stretch => SplitTests.Words(rule.Scanner, stretch)).SequenceEqual(SplitTests.Words(rule.Scanner, plain)).ShouldBeTrue(rule.Name);
        File.WriteAllText(path, new string(' ', 700_000));
        Should.Throw<InvalidDataException>(() => TextFile.ReadStretches(path).Count()).Message.ShouldContain("no text");
        Should.Throw<InvalidDataException>(() => TextFile.ReadLines(path).Count()).Message.ShouldContain("no text");
        File.WriteAllText(path, string.Concat(Enumerable.Repeat("\U0001F999", 5_000_000)));
        TextFile.ReadStretches(path).ShouldAllBe(stretch => stretch.Length % 2 == 0 && char.IsHighSurrogate(stretch[0]));
        Should.Throw<FileNotFoundException>(() => TextFile.ReadLines(path + "x"));
    }

    private static string Letters(int number)
    {
        var text = new StringBuilder();
        for (var left = (uint)number; text.Length == 0 || left > 0; left /= 11) text.Append((char)('a' + (left % 11)));
        return text.ToString();
    }
}
