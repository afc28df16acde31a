using Puna.Tests;
using Puna.Text;

namespace Puna.Inference.Tests;

/// <summary>Large vocabularies, as users have them: the same tokens as on small ones, with bounded memory.</summary>
public sealed class LargeVocabularyTests
{
    [SkippableTheory]
    [InlineData("llama2")]
    [InlineData("llama3")]
    public void Masks_of_a_released_vocabulary_are_what_trying_every_token_gives(string folder)
    {
        var tokenizer = Tokenizers.Load(Path.Combine(SharedData.Shared("data/tokenizers"), folder, "tokenizer.model"));
        var grammar = OutputGrammar.FromJsonSchema("""{"type":"object","properties":{"name":{"type":"string","maxLength":40},"age":{"type":"integer","minimum":0,"maximum":150},"note":{"type":"string"}},"required":["name","age"]}""");
        var text = "{\"name\": \"Ann é中😀\", \"age\": 42, \"note\": \"a\\n\"}";
        int[] stops = [tokenizer.EosId!.Value];
        var constraint = grammar.Compile(tokenizer, stops).Start(tokenizer.Encode("x"));
        // behind a line end, so that SentencePiece puts no space before it
        var ids = tokenizer.Encode("\n" + text);
        var skipped = 0;
        while (tokenizer.Decode(ids.AsSpan(0, skipped)).Length == 0) skipped++;
        foreach (var id in ids[skipped..])
        {
            var mask = constraint.Allowed;
            var fork = constraint.Fork();
            for (var other = 0; other < tokenizer.VocabularySize; other += 7)
            {
                var isTaken = true;
                if (!mask.Contains(other) && other % 5 > 0) continue; // refusing takes an exception, which is slow
                try
                {
                    fork.Accept(other);
                    fork.Truncate(fork.Tokens.Length - 1);
                }
                catch (InvalidOperationException)
                {
                    isTaken = false;
                }
                mask.Contains(other).ShouldBe(isTaken, tokenizer.IdToPiece(other));
            }
            constraint.Accept(id);
        }
        constraint.MayEnd.ShouldBeTrue();
        tokenizer.Decode([.. tokenizer.Encode("x"), .. constraint.Tokens]).ShouldBe("x" + text);
    }
}
