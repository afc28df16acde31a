using System.Text.Json;
using Puna.Tests;

namespace Puna.Text.Tests;

/// <summary>Code Llama's infilling prompts, and Llama 2's dialogs, against the published formats.</summary>
public class InfillingTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(SharedData.Shared("data/chat-templates/llama2-dialog-tokens.json"))).RootElement;

    [SkippableFact]
    public void The_marks_have_their_ids_and_the_suffix_has_no_space_of_its_own()
    {
        var tokenizer = CodeLlama();
        var ids = Golden.GetProperty("code_llama_infilling").GetProperty("ids");
        int Id(string name) => ids.GetProperty(name).GetInt32();
        var (prefix, suffix) = ("def remove_non_ascii(s: str) -> str:\n    \"\"\" ", "\n    return result\n");
        InfillingPrompt.Encode(tokenizer, prefix, suffix).ShouldBe([1, Id("PRE"), .. tokenizer.Encode(prefix), Id("SUF"), .. AsPublished(tokenizer, suffix), Id("MID")]);
        InfillingPrompt.Encode(tokenizer, prefix, suffix, suffixFirst: true).ShouldBe([1, Id("PRE"), Id("SUF"), .. AsPublished(tokenizer, suffix), Id("MID"), .. tokenizer.Encode(prefix)]);
        InfillingPrompt.StopId(tokenizer).ShouldBe(Id("EOT"));
        // Spelled out by a user the marks are text.
        tokenizer.Encode(" <PRE> <SUF> <MID> <EOT>\u2581<PRE>").ShouldAllBe(id => id < 32000);
    }

    [SkippableFact]
    public void Any_suffix_gives_what_the_published_way_gives()
    {
        var tokenizer = CodeLlama();
        foreach (var (text, _) in ReleasedTokenizers.Cases("llama2"))
            InfillingPrompt.Encode(tokenizer, "", text).ShouldBe([1, 32007, 32008, .. AsPublished(tokenizer, text), 32009], text);
    }

    [SkippableFact]
    public void A_tokenizer_without_the_marks_is_refused() =>
        Should.Throw<InvalidDataException>(() => InfillingPrompt.Encode(ReleasedTokenizers.Llama2, "a", "b")).Message.ShouldStartWith("The tokenizer has no token '\u2581<PRE>'; filling gaps needs a model");

    [SkippableFact]
    public void Dialogs_of_Llama_2_have_the_published_ids()
    {
        var count = 0;
        foreach (var item in Golden.GetProperty("cases").EnumerateArray())
        {
            var turns = item.GetProperty("messages").EnumerateArray().Select(message => new ChatTurn(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!)).ToArray();
            var chat = ChatTemplates.Llama2.Encode(ReleasedTokenizers.Llama2, turns, addGenerationPrompt: turns[^1].Role == "user");
            chat.Ids.ShouldBe(ReleasedTokenizers.Ids(item.GetProperty("ids")), $"case {count}");
            count++;
        }
        count.ShouldBe(6);
    }

    // The published way: a character before the text that no merge crosses, and its two ids dropped.
    private static int[] AsPublished(Tokenizer tokenizer, string text) => tokenizer.Encode("\u263A" + text)[2..];

    private static Tokenizer CodeLlama()
    {
        var model = SentencePieceModel.Load(Path.Combine(ReleasedTokenizers.Path("llama2"), "tokenizer.model"));
        for (var id = 32000; id < 32016; id++)
        {
            var piece = id switch { 32007 => "\u2581<PRE>", 32008 => "\u2581<SUF>", 32009 => "\u2581<MID>", 32010 => "\u2581<EOT>", 32015 => "<step>", _ => $"<reserved {id}>" };
            model.Pieces.Add(new SentencePiece(piece, 0, SentencePieceType.Control));
        }
        return Puna.Text.Tokenizers.Create(model);
    }
}
