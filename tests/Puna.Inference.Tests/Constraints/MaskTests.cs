using Puna.Tensors;
using Puna.Text;

namespace Puna.Inference.Tests;

/// <summary>The tokens that are allowed are exactly those whose bytes the grammar takes, wherever a text stands.</summary>
public sealed class MaskTests
{
    private static readonly Dictionary<string, OutputGrammar> Grammars = new()
    {
        ["lists"] = OutputGrammar.FromGbnf("root ::= \"- \" [^\\n]+ \"\\n\" (\"- \" [^\\n]+ \"\\n\")*"),
        ["counted"] = OutputGrammar.FromGbnf("root ::= \"\\\"\" [^\"\\n]{3,9} \"\\\" \" [a-z é]{0,6} \".\" | \" \" [0-9]{2,4}"),
        ["ambiguous"] = OutputGrammar.FromGbnf("root ::= ([a-z ]+ | [a-f]{2,5} | \"the \"){1,4} \" end\""),
        ["recursive"] = OutputGrammar.FromGbnf("root ::= \"(\" (root | [^()]*) \")\" | \"[\" root? \"]\""),
        ["counted loops of loops"] = OutputGrammar.FromGbnf("root ::= ([a-zA-Z \\n.,]{1,3} [0-9]){2,3} [^x]?"),
        ["empty turns"] = OutputGrammar.FromGbnf("root ::= ([a-z ]? [A-Z]?){2,20} \"!\""),
        ["many ways"] = OutputGrammar.FromGbnf("root ::= \"a\"? [a-z]* \"b\"? [a-y]* \"c\"? [a-x]{0,8} \"d\"? [^z]* \"!\""),
        ["regex"] = OutputGrammar.FromRegex("(\\w+ ){1,3}(\\d{1,3}|[^a-z]{4})?.*"),
        ["json"] = OutputGrammar.FromJsonSchema("{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":8},\"age\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":150},\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},\"required\":[\"name\"],\"additionalProperties\":{\"type\":\"boolean\"}}"),
        ["any json"] = OutputGrammar.FromJsonSchema("{}"),
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var vocabulary in SmallVocabularies.Names)
                foreach (var grammar in Grammars.Keys) cases.Add(vocabulary, grammar);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void A_mask_is_what_trying_every_token_gives(string vocabulary, string name)
    {
        var tokenizer = SmallVocabularies.Get(vocabulary);
        var compiled = Grammars[name].Compile(tokenizer, [tokenizer.EosId!.Value]);
        var random = new CounterRandom(11, (ulong)name.Length);
        var prompts = (int[][])[[], tokenizer.Encode("the cat")];
        for (var run = 0; run < 8; run++)
        {
            var prompt = prompts[run % 2];
            var constraint = compiled.Start(prompt);
            for (var count = 0; count < 14; count++)
            {
                var allowed = Adversary.Ids(constraint.Allowed);
                allowed.ShouldBe(Tried(constraint, tokenizer), $"behind '{tokenizer.Decode(constraint.Tokens)}'");
                if (allowed.Count == 0) break;
                constraint.Accept(allowed[random.Next(allowed.Count)]);
            }
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Truncating_and_forking_lead_to_the_same_masks(string vocabulary, string name)
    {
        var tokenizer = SmallVocabularies.Get(vocabulary);
        var compiled = Grammars[name].Compile(tokenizer, [tokenizer.EosId!.Value]);
        var random = new CounterRandom(3);
        var (constraint, masks) = (compiled.Start(), new List<List<int>>());
        for (var count = 0; count < 12; count++)
        {
            masks.Add(Adversary.Ids(constraint.Allowed));
            if (masks[^1].Count == 0) break;
            constraint.Accept(masks[^1][random.Next(masks[^1].Count)]);
        }
        var tokens = constraint.Tokens.ToArray();
        var fork = constraint.Fork();
        constraint.Truncate(0);
        Adversary.Ids(constraint.Allowed).ShouldBe(masks[0]);
        fork.Tokens.ToArray().ShouldBe(tokens);
        for (var length = masks.Count - 1; length >= 0; length--)
        {
            if (length > tokens.Length) continue;
            fork.Truncate(length);
            Adversary.Ids(fork.Allowed).ShouldBe(masks[length]);
        }
        foreach (var token in tokens) constraint.Accept(token);
        constraint.Tokens.ToArray().ShouldBe(tokens);
    }

    [Fact]
    public void A_token_that_is_not_allowed_is_refused_and_changes_nothing()
    {
        var tokenizer = SmallVocabularies.Get("characters");
        var constraint = OutputGrammar.FromRegex("ab").Compile(tokenizer, [tokenizer.EosId!.Value]).Start();
        int Id(string text) => Enumerable.Range(0, tokenizer.VocabularySize).First(id => tokenizer.IdToPiece(id) == text);
        foreach (var token in (int[])[Id("b"), tokenizer.EosId!.Value, tokenizer.BosId!.Value, tokenizer.UnknownId!.Value, -1, 100_000])
            Should.Throw<InvalidOperationException>(() => constraint.Accept(token)).Message.ShouldContain("not allowed");
        constraint.Accept(Id("a"));
        constraint.MayEnd.ShouldBeFalse();
        constraint.Accept(Id("b"));
        constraint.MayEnd.ShouldBeTrue();
        Adversary.Ids(constraint.Allowed).ShouldBe([tokenizer.EosId!.Value]);
        constraint.Accept(tokenizer.EosId!.Value);
        constraint.Allowed.Count.ShouldBe(0);
        Should.Throw<InvalidOperationException>(() => constraint.Accept(tokenizer.EosId!.Value));
    }

    [Fact]
    public void What_a_vocabulary_cannot_spell_is_refused_before_the_work_or_left_out()
    {
        var tokenizer = SmallVocabularies.Get("characters");
        int[] stops = [tokenizer.EosId!.Value];
        Should.Throw<InvalidDataException>(() => OutputGrammar.FromRegex("a→b").Compile(tokenizer, stops)).Message.ShouldContain("characters that this vocabulary has");
        var constraint = OutputGrammar.FromRegex("a→|x[→y]").Compile(tokenizer, stops).Start();
        Adversary.Ids(constraint.Allowed).ShouldHaveSingleItem();
        constraint.Accept(Adversary.Ids(constraint.Allowed)[0]);
        Adversary.Ids(constraint.Allowed).ShouldHaveSingleItem();
        OutputGrammar.FromRegex("a→b").Compile(SmallVocabularies.Get("byte-level"), [SmallVocabularies.Get("byte-level").EosId!.Value]).Start().Allowed.Count.ShouldBeGreaterThan(0);
        Should.Throw<InvalidDataException>(() => OutputGrammar.FromRegex("a").Compile(tokenizer, [-1])).Message.ShouldContain("no symbol that ends a text");
    }

    [Fact]
    public void Only_the_first_piece_of_a_text_loses_its_space()
    {
        var tokenizer = SmallVocabularies.Get("sentencepiece");
        int[] stops = [tokenizer.EosId!.Value];
        var piece = Enumerable.Range(0, tokenizer.VocabularySize).First(id => tokenizer.IdToPiece(id) is ['\u2581', >= 'a' and <= 'z', >= 'a' and <= 'z', ..]);
        var word = tokenizer.IdToPiece(piece)[1..];
        var (bare, spaced) = (OutputGrammar.FromRegex(word), OutputGrammar.FromRegex(" " + word));
        bare.Compile(tokenizer, stops).Start().Allowed.Contains(piece).ShouldBeTrue();
        spaced.Compile(tokenizer, stops).Start([tokenizer.BosId!.Value]).Allowed.Contains(piece).ShouldBeFalse();
        var prompt = tokenizer.Encode("so", new EncodeOptions(AddBos: true));
        bare.Compile(tokenizer, stops).Start(prompt).Allowed.Contains(piece).ShouldBeFalse();
        spaced.Compile(tokenizer, stops).Start(prompt).Allowed.Contains(piece).ShouldBeTrue();
    }

    private static List<int> Tried(ITokenConstraint constraint, Tokenizer tokenizer)
    {
        var ids = new List<int>();
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            try
            {
                constraint.Accept(id);
            }
            catch (InvalidOperationException)
            {
                continue;
            }
            constraint.Truncate(constraint.Tokens.Length - 1);
            ids.Add(id);
        }
        return ids;
    }
}
