namespace Puna.Hub;

/// <summary>A public text that is known by name.</summary>
/// <param name="Name">What it is asked for by.</param>
/// <param name="Address">Where its publisher has it.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its checksum, lower-case hexadecimal.</param>
/// <param name="Licence">Under what terms it may be used.</param>
/// <param name="About">What it is.</param>
public sealed record PublicDataset(string Name, Uri Address, long Bytes, string Sha256, string Licence, string About)
{
    /// <summary>All that are known.</summary>
    public static IReadOnlyList<PublicDataset> All { get; } =
    [
        Of("tinyshakespeare", "karpathy/char-rnn/master/data/tinyshakespeare/input.txt", 1_115_394, "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            "public domain (the plays; the repository around them is MIT)", "40,000 lines of Shakespeare's plays, of 65 different characters"),
        Of("the-verdict", "rasbt/LLMs-from-scratch/main/ch02/01_main-chapter-code/the-verdict.txt", 20_479, "b41e41a68f0398a3154ae69e2e4c0e2694e17fe0d66730536837f1b01935b31f",
            "public domain", "a short story by Edith Wharton, 1908"),
        Of("botchan", "google/sentencepiece/master/data/botchan.txt", 278_779, "464bd5300c24fce16fcc4555d4231a57632caae4d0090ad6aa92854a3b227ba7",
            "Project Gutenberg License (eBook 8868)", "Natsume's novel in English, SentencePiece's own sample"),
        Of("wikitext-2-valid", "pytorch/examples/main/word_language_model/data/wikitext-2/valid.txt", 1_121_681, "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
            "CC BY-SA 3.0 (Wikipedia's authors)", "WikiText-2's validation part, cut into words, with <unk>"),
    ];

    /// <summary>Its file's name in the cache.</summary>
    public string FileName => Name + ".txt";

    /// <summary>The data set of a name, in any case; null where there is none.</summary>
    public static PublicDataset? Find(string name) => All.FirstOrDefault(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static PublicDataset Of(string name, string path, long bytes, string sha256, string licence, string about) =>
        new(name, new Uri("https://raw.githubusercontent.com/" + path), bytes, sha256, licence, about);
}
