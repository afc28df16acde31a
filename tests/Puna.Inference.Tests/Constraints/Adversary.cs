using System.Text;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Inference.Tests;

/// <summary>A model that knows nothing: it takes any allowed token, each as likely as the other, and at some time makes for the end.</summary>
internal sealed class Adversary(OutputGrammar grammar, Tokenizer tokenizer, CounterRandom random)
{
    private readonly CompiledGrammar _compiled = grammar.Compile(tokenizer, [tokenizer.EosId!.Value]);

    /// <summary>Writes until the end or the limit; checks that a beginning can be completed, and completes it token by token.</summary>
    /// <returns>The finished text, and whether it was finished before the limit.</returns>
    public (string Text, bool InTime) Write(int limit)
    {
        var constraint = _compiled.Start();
        var inTime = true;
        for (var count = 0; ; count++)
        {
            var allowed = Ids(constraint.Allowed);
            allowed.ShouldNotBeEmpty();
            var token = count < limit ? allowed[random.Next(allowed.Count)] : TowardsTheEnd(constraint, allowed);
            constraint.Accept(token);
            if (token == tokenizer.EosId) break;
            inTime = count < limit;
            (count < limit + 2000).ShouldBeTrue("it must come to an end");
        }
        constraint.Allowed.Count.ShouldBe(0);
        var text = tokenizer.Decode(constraint.Tokens[..^1]);
        Encoding.UTF8.GetBytes(text).ShouldBe(SmallVocabularies.Bytes(tokenizer, constraint.Tokens[..^1], atStart: true));
        grammar.Accepts(text).ShouldBeTrue(text);
        return (text, inTime);
    }

    public static List<int> Ids(TokenMask mask) => [.. Enumerable.Range(0, mask.Size).Where(mask.Contains)];

    private int TowardsTheEnd(ITokenConstraint constraint, List<int> allowed)
    {
        var bytes = SmallVocabularies.Bytes(tokenizer, constraint.Tokens, atStart: true);
        var whole = SmallVocabularies.WholePart(bytes);
        if (Encoding.UTF8.GetByteCount(whole) < bytes.Length) return allowed[random.Next(allowed.Count)]; // in the middle of a character
        var end = grammar.ShortestEnd(whole);
        end.ShouldNotBeNull(whole);
        if (end.Length == 0) return tokenizer.EosId!.Value;
        var wanted = Encoding.UTF8.GetBytes(end);
        foreach (var id in allowed)
            if (id != tokenizer.EosId && wanted.AsSpan().StartsWith(tokenizer.TextBytes(id, constraint.Tokens.Length == 0))) return id;
        // a character that this vocabulary lacks: another way
        return allowed[random.Next(allowed.Count)];
    }
}
