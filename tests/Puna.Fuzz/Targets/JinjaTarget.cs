using System.Text;
using System.Text.Json;
using Puna.Tensors;
using Puna.Text;
using Puna.Text.Jinja;

namespace Puna.Fuzz;

/// <summary>Chat templates: those of the program and small ones, with mistakes; and templates that a grammar makes up, which go deeper.</summary>
internal sealed class JinjaTarget : IFuzzTarget
{
    /// <summary>Small limits, so that a template that never ends is over soon.</summary>
    private static readonly JinjaLimits Limits = new() { Steps = 50_000, StepsPerCharacter = 1, Characters = 100_000, CharactersPerCharacter = 1 };

    private static readonly JinjaOptions Options = new() { Limits = Limits, Clock = new StandingClock() };

    private static readonly Dictionary<string, JsonElement> Variables = JsonDocument.Parse("""
        {
            "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "a 😀 <b>"}, {"role": "assistant", "content": "x", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": {"a": 1}}}]}],
            "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"a": {"type": ["integer", "null"]}}}}}],
            "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": true, "n": 3, "f": 1.5, "none": null
        }
        """).RootElement.EnumerateObject().ToDictionary(property => property.Name, property => property.Value);

    private static readonly WordMutator Words = new(
    [
        "{%", "%}", "{{", "}}", "{#", "#}", "{%-", "-%}", "{{-", "-}}", "{%+", "+%}", "for", "in", "if", "else", "elif", "endif", "endfor", "set", "endset", "macro", "endmacro", "call", "endcall",
        "filter", "endfilter", "with", "endwith", "generation", "endgeneration", "raw", "endraw", "break", "continue", "recursive", "loop", "loop.index", "loop.cycle", "namespace", "range", "dict", "cycler",
        "joiner", "raise_exception", "strftime_now", "messages", "message", "tools", "x", "y", "m", "n", "'a'", "\"%s %d\"", "'\\u00e9'", "1", "0", "-1", "1.5", "9223372036854775807", "1e308", "none", "true",
        "false", "(", ")", "[", "]", "{", "}", "+", "-", "*", "**", "/", "//", "%", "~", "|", ".", ",", ":", "=", "==", "!=", "<", "<=", ">", ">=", "is", "not", "and", "or", "defined", "mapping", "string",
        "tojson", "trim", "join", "map", "select", "selectattr", "sort", "unique", "groupby", "batch", "slice", "indent", "replace", "truncate", "items", "dictsort", "list", "length", "int", "round", "format",
        ".split", ".strip", ".items", ".append", ".pop", ".update", ".zfill", ".center", ".join", ".keys", ".__class__", "role", "content", "caller", "varargs", "\n", "  ", "text", "😀", "\0", "\\",
    ]);

    private readonly string[] _seeds =
    [
        "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] | trim + eos_token }}{% if loop.last %}x{% else %}y{% endif %}{% endfor %}",
        "{% set ns = namespace(x=0, s='') %}{% for i in range(5) %}{% set ns.x = ns.x + i %}{% set ns.s = ns.s ~ i %}{% if i > 3 %}{% break %}{% endif %}{% endfor %}{{ ns.x }}{{ ns.s[::-1] }}",
        "{% macro m(a, b=[1, 2]) %}{{ a }}{% for x in b recursive %}{{ loop.index }}{% endfor %}{{ caller() if caller }}{% endmacro %}{% call m(1) %}{{ tools | tojson(indent=2) }}{% endcall %}",
        "{{ {'a': 1, 'b': [1, 2.5, none, true]} | items | list }}{{ messages | selectattr('role', 'eq', 'user') | map(attribute='content') | join(', ') }}",
        "{% generation %}{% filter upper | replace('A', 'b') %}{{ 'a b c'.split(' ', 1) }}{% endfilter %}{% endgeneration %}{% raw %}{{ x }}{% endraw %}{# c #}",
        "{%- set x = 'ab' * 3 -%}{% with y = x[1:-1] %}{{ y.title().center(20, '*').zfill(30) }}{{ '%5s|%-3d' % (y, n) }}{{ n ** 2 // 2 % 5 - -1 }}{% endwith %}",
        "{{ [3, 1, 2] | sort(reverse=true) | unique | list }}{{ tools[0].function.parameters.properties | dictsort }}{{ 'x' is in ['x'] and not n is odd }}{{ strftime_now('%d %b') }}",
        .. ChatTemplates.All.Select(template => template.JinjaSource),
    ];

    public string Name => "jinja";

    public int Multiple => 64;

    public long Constant => 8 << 20;

    public byte[] Make(CounterRandom random) => Encoding.UTF8.GetBytes(random.Next(2) == 0
        ? new JinjaGrammar(random).Template()
        : Words.Mutate(random, random.Of(_seeds), random.Of(_seeds), isGentle: random.Next(4) > 0));

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        var template = Encoding.UTF8.GetString(bytes);
        var text = JinjaTemplate.Parse(template, "template").Render(Variables, Options);
        if (text.Text.Length > Limits.Characters + template.Length + 2000) throw new InvalidOperationException($"{text.Text.Length} characters are too many");
        foreach (var range in text.Given.Concat(text.Generated)) _ = text.Text.AsSpan()[range];
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal)
    {
        if (refusal is null) return true;
        try
        {
            JinjaTemplate.Parse(Encoding.UTF8.GetString(bytes));
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private sealed class StandingClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2024, 7, 26, 0, 0, 0, TimeSpan.Zero);
    }
}
