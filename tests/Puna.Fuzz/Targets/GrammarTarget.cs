using System.Text;
using Puna.Inference;
using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>What constrained output is held to: GBNF, regular expressions and JSON schemas with mistakes; read, made a machine of, and run for a few characters.</summary>
internal sealed class GrammarTarget : IFuzzTarget
{
    private static readonly string[] Texts = ["", "a", "{\"a\": [1, ", "\"é", "-1.5", "aab😀"];

    private static readonly WordMutator Words = new(
    [
        "root", "item", "::=", "|", "(", ")", "[", "]", "{", "}", "*", "+", "?", "{2}", "{1,3}", "{0,}", "{100000}", "{9999999999}", "\"a\"", "\"\\n\"", "[a-z]", "[^\"\\\\]", ".", "\n", "#", "\\x41", "\\u00e9", "\\U0001F600",
        "\\d", "\\w", "\\s", "\\p{L}", "\\1", "(?:", "(?=", "(?<n>", "^", "$", "\\b", "\\uD800", "\"type\"", "\"object\"", "\"array\"", "\"string\"", "\"integer\"", "\"number\"", "\"null\"", "\"properties\"", "\"required\"",
        "\"items\"", "\"prefixItems\"", "\"minItems\"", "\"maxItems\"", "\"enum\"", "\"const\"", "\"anyOf\"", "\"oneOf\"", "\"allOf\"", "\"$ref\"", "\"#\"", "\"#/$defs/a\"", "\"$defs\"", "\"additionalProperties\"", "\"pattern\"",
        "\"format\"", "\"date\"", "\"minLength\"", "\"maxLength\"", "\"minimum\"", "\"maximum\"", "\"exclusiveMinimum\"", "\"not\"", ":", ",", "true", "false", "null", "0", "-1", "1.5", "1e300", "1e999999", "123456789012345678901234567890", "\0", "😀", "é",
    ]);

    private static readonly string[] Gbnf =
    [
        "root ::= item (\",\" item)* # list\nitem ::= [a-z]{1,3} | \"(\" root \")\" | \"\\\"\" [^\"\\n]* \"\\\"\"\n",
        "root ::= (\"a\"? \"b\"*){2,5} [^\\x00-\\x1F]+\n",
    ];

    private static readonly string[] Regexes = ["^(a|b[c-e]*?)+\\d{2,3}(?:x|\\u00e9)?$", "[^\\w\\s]{0,5}|(?<n>\\x41.)\\\\"];

    private static readonly string[] Schemas =
    [
        """{"type":"object","properties":{"a":{"type":"array","items":{"$ref":"#/$defs/a"},"minItems":1,"maxItems":3},"b":{"type":"string","pattern":"^a+$"}},"required":["a"],"additionalProperties":{"type":"null"},"$defs":{"a":{"anyOf":[{"type":"number","minimum":-1.5,"exclusiveMaximum":2},{"$ref":"#"}]}}}""",
        """{"allOf":[{"type":"integer","minimum":3},{"maximum":70}],"description":"d"}""",
        """{"oneOf":[{"type":"string","format":"date"},{"enum":[1,null,{"k":[]}]},{"type":"array","prefixItems":[true],"items":false}]}""",
    ];

    public string Name => "grammar";

    public int Multiple => 1024;

    public long Constant => 32 << 20;

    public byte[] Make(CounterRandom random)
    {
        var (kind, seeds) = random.Next(3) switch { 0 => ('g', Gbnf), 1 => ('r', Regexes), _ => ('s', Schemas) };
        return [(byte)kind, .. Encoding.UTF8.GetBytes(Words.Mutate(random, random.Of(seeds), random.Of(seeds), isGentle: random.Next(4) > 0))];
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        var grammar = Parse(bytes);
        foreach (var text in Texts) _ = grammar.Accepts(text);
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => refusal?.Contains("no JSON", StringComparison.Ordinal) != true;

    private static OutputGrammar Parse(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes.AsSpan(1));
        return bytes[0] switch { (byte)'g' => OutputGrammar.FromGbnf(text), (byte)'r' => OutputGrammar.FromRegex(text), _ => OutputGrammar.FromJsonSchema(text) };
    }
}
