namespace Puna.Inference.Tests;

/// <summary>GBNF as llama.cpp describes it: what a grammar takes, what it refuses, and where mistakes are.</summary>
public sealed class GbnfTests
{
    [Theory]
    [InlineData("root ::= \"abc\"", "abc", "ab|abcd|b")]
    [InlineData("root ::= \"a\" | \"bc\" # comment\n", "a|bc", "ab|c|")]
    [InlineData("# first\nroot ::= item+ \"!\"\nitem ::= [a-c] | [0-9]\n", "a!|a1b!|999!", "!|d!|a")]
    [InlineData("root ::= (\"x\"\n  # inside a group lines may end\n  | \"y\")* \"z\"", "z|xyxz", "x|zz")]
    [InlineData("root ::= \"a\" |\n  \"b\"\n", "a|b", "ab")]
    [InlineData("root ::= [^a-c\\n]+", "xyz|é😀|d", "a|xa|\n")]
    [InlineData("root ::= .", "a|\n|é|😀", "|ab")]
    [InlineData("root ::= \"ab\"{2} \"c\"{1,} \"d\"{0,2}", "ababc|ababcccdd", "abc|abab|ababcddd")]
    [InlineData("root ::= [a-z]{2,3}?", "|ab|abc", "a|abcd")]
    [InlineData("root ::= \"\\x41\\u00e9\\U0001F600\\n\\t\\\\\\\"\\[\\]\"", "Aé😀\n\t\\\"[]", "A")]
    [InlineData("root ::= [-a] [a-] [\\]x]", "--]|aax", "b-]")]
    [InlineData("root::=a-b_C1\na-b_C1::=\"q\"", "q", "a")]
    [InlineData("root ::= \"\" | \"a\" root \"b\"", "|ab|aaabbb", "aab|ba")]
    [InlineData("root ::= list\nlist ::= item (\",\" list)?\nitem ::= [0-9]+ | \"(\" list \")\"", "1|1,22|(1,(2)),3", ",|(1|1,")]
    [InlineData("root ::= (\"a\"? \"b\"?)* \"c\"", "c|abac|bbaac", "d|abab")]
    [InlineData("root ::= (\"a\"?){3} \"c\"", "c|aaac|ac", "aaaac")]
    [InlineData("root ::= (\"a\"*)* \"b\"", "b|aaaab", "a")]
    [InlineData("root ::= [а-я]+ \"ё\"", "мирё", "мир|mё")]
    [InlineData("root ::= \"a\" never | \"b\"\nnever ::= \"x\" never", "b", "a|ax")]
    public void A_grammar_takes_exactly_its_texts(string grammar, string accepted, string refused)
    {
        var output = OutputGrammar.FromGbnf(grammar);
        foreach (var text in accepted.Split('|'))
        {
            output.Accepts(text).ShouldBeTrue(text);
            for (var length = 0; length < text.Length; length++)
                if (length == 0 || !char.IsHighSurrogate(text[length - 1])) output.IsPrefix(text[..length]).ShouldBeTrue(text[..length]);
        }
        foreach (var text in refused.Split('|')) output.Accepts(text).ShouldBeFalse(text);
    }

    [Theory]
    [InlineData("root ::= \"a", 1, 10, "not closed")]
    [InlineData("root ::= [a", 1, 10, "not closed")]
    [InlineData("root ::= []", 1, 10, "no character")]
    [InlineData("root ::= [z-a]", 1, 11, "backwards")]
    [InlineData("root ::= \"a\"\nroot ::= \"b\"", 2, 1, "defined twice")]
    [InlineData("root ::= \"a\" item", 1, 14, "'item' is used but not defined")]
    [InlineData("root ::= (\"a\"\n", 2, 1, "not closed")]
    [InlineData("root ::= \"a\" )", 1, 14, "cannot go on")]
    [InlineData("root ::= \"\\q\"", 1, 11, "escape")]
    [InlineData("root ::= \"\\x4\"", 1, 13, "2 hexadecimal digits")]
    [InlineData("root ::= \"\\uD800\"", 1, 11, "U+D800 is no character")]
    [InlineData("root ::= *", 1, 10, "nothing before '*'")]
    [InlineData("root ::= \"a\"{3,2}", 1, 13, "contradict")]
    [InlineData("root ::= \"a\"{}", 1, 14, "number of repetitions")]
    [InlineData("root ::= \"a\"{1000000}", 1, 14, "100000")]
    [InlineData("root = \"a\"", 1, 6, "'::='")]
    [InlineData("root ::= <think>", 1, 10, "single tokens")]
    [InlineData("root ::= \"a\"\n\nlist ::= list \"x\" | \"y\"", 3, 1, "left recursion")]
    [InlineData("root ::= \"a\"? b\nb ::= c* root | \"q\"\nc ::= \"c\"", 1, 1, "left recursion")]
    public void A_mistake_is_named_with_its_place(string grammar, int line, int column, string words)
    {
        var message = Should.Throw<InvalidDataException>(() => OutputGrammar.FromGbnf(grammar, "my.gbnf")).Message;
        message.ShouldStartWith($"my.gbnf, line {line}, column {column}: ");
        message.ShouldContain(words);
    }

    [Theory]
    [InlineData("item ::= \"a\"", "no rule 'root'")]
    [InlineData("", "no rule 'root'")]
    [InlineData("root ::= \"a\" root", "no text can ever satisfy it")]
    public void What_cannot_be_satisfied_is_refused(string grammar, string words) =>
        Should.Throw<InvalidDataException>(() => OutputGrammar.FromGbnf(grammar)).Message.ShouldContain(words);

    [Fact]
    public void Nesting_and_size_are_bounded()
    {
        OutputGrammar.FromGbnf("root ::= " + new string('(', 150) + "\"a\"" + new string(')', 150)).Accepts("a").ShouldBeTrue();
        Should.Throw<InvalidDataException>(() => OutputGrammar.FromGbnf("root ::= " + new string('(', 100_000))).Message.ShouldContain("nested more than 200");
        Should.Throw<InvalidDataException>(() => OutputGrammar.FromGbnf(new string('#', 1 << 21))).Message.ShouldContain("1048576");
        // a chain of rules is no nesting
        var chain = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"r{i} ::= r{i + 1}\n"));
        OutputGrammar.FromGbnf($"root ::= r0\n{chain}r20000 ::= \"a\"").Accepts("a").ShouldBeTrue();
    }

    [Fact]
    public void What_is_ambiguous_costs_an_error_and_not_the_machine()
    {
        var output = OutputGrammar.FromGbnf("root ::= (\"a\" | \"aa\"){0,100000} \"b\"");
        output.Accepts(new string('a', 500) + "b").ShouldBeTrue();
        OutputGrammar.FromGbnf("root ::= \"a\"{50000} \"b\"").Accepts(new string('a', 50_000) + "b").ShouldBeTrue();
        OutputGrammar.FromGbnf("root ::= (\"a\"?){50} \"b\"").Accepts(new string('a', 51) + "b").ShouldBeFalse();
    }

    [Fact]
    public void The_shortest_end_completes_a_beginning()
    {
        var output = OutputGrammar.FromGbnf("root ::= \"[\" (item (\",\" item)*)? \"]\"\nitem ::= [0-9]{2,5} | root | \"\\\"\" [^\"]* \"\\\"\"");
        output.ShortestEnd("").ShouldBe("[]");
        output.ShortestEnd("[[1")!.Length.ShouldBe(3);
        output.ShortestEnd("[\"é").ShouldBe("\"]");
        output.ShortestEnd("[]").ShouldBe("");
        output.ShortestEnd("[]]").ShouldBeNull();
    }
}
