using System.Text;
using System.Text.Json;
using Puna.Text.Jinja;

namespace Puna.Text.Tests;

/// <summary>
/// Templates with mistakes: seeds are cut into the words of the language, and words are dropped, doubled, swapped, replaced and spliced between seeds.
/// Whatever comes of it must render or be refused in one sentence, within the limits.
/// </summary>
public static class JinjaFuzz
{
    /// <summary>Small limits, so that a template that never ends is over soon.</summary>
    public static JinjaLimits Limits { get; } = new() { Steps = 50_000, StepsPerCharacter = 1, Characters = 100_000, CharactersPerCharacter = 1 };

    private static readonly Dictionary<string, JsonElement> Variables = JsonDocument.Parse("""
        {
            "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "a 😀 <b>"}, {"role": "assistant", "content": "x", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": {"a": 1}}}]}],
            "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"a": {"type": ["integer", "null"]}}}}}],
            "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": true, "n": 3, "f": 1.5, "none": null
        }
        """).RootElement.EnumerateObject().ToDictionary(property => property.Name, property => property.Value);

    private static readonly string[] Words =
    [
        "{%", "%}", "{{", "}}", "{#", "#}", "{%-", "-%}", "{{-", "-}}", "{%+", "+%}", "for", "in", "if", "else", "elif", "endif", "endfor", "set", "endset", "macro", "endmacro", "call", "endcall",
        "filter", "endfilter", "with", "endwith", "generation", "endgeneration", "raw", "endraw", "break", "continue", "recursive", "loop", "loop.index", "loop.cycle", "namespace", "range", "dict", "cycler",
        "joiner", "raise_exception", "strftime_now", "messages", "message", "tools", "x", "y", "m", "n", "'a'", "\"%s %d\"", "'\\u00e9'", "1", "0", "-1", "1.5", "9223372036854775807", "1e308", "none", "true",
        "false", "(", ")", "[", "]", "{", "}", "+", "-", "*", "**", "/", "//", "%", "~", "|", ".", ",", ":", "=", "==", "!=", "<", "<=", ">", ">=", "is", "not", "and", "or", "defined", "mapping", "string",
        "tojson", "trim", "join", "map", "select", "selectattr", "sort", "unique", "groupby", "batch", "slice", "indent", "replace", "truncate", "items", "dictsort", "list", "length", "int", "round", "format",
        ".split", ".strip", ".items", ".append", ".pop", ".update", ".zfill", ".center", ".join", ".keys", ".__class__", "role", "content", "caller", "varargs", "\n", "  ", "text", "😀", "\0", "\\",
    ];

    /// <summary>Renders mutated templates.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Decides all of them.</param>
    /// <param name="seeds">Templates to begin with; null for small ones of its own.</param>
    /// <returns>How many rendered, and how many were refused.</returns>
    /// <exception cref="InvalidOperationException">One did neither: it failed in another way, or wrote too much; the message holds the template.</exception>
    public static (int Rendered, int Refused) Run(int count, ulong seed, IReadOnlyList<string>? seeds = null)
    {
        seeds ??= Small;
        var random = new Generator(seed);
        var (rendered, refused) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            if (Try(Mutate(seeds, random))) rendered++;
            else refused++;
        }
        return (rendered, refused);
    }

    /// <summary>Renders one template; for a fuzzer that makes its own.</summary>
    /// <param name="template">Anything.</param>
    /// <returns>Whether it rendered; otherwise it was refused.</returns>
    /// <exception cref="InvalidOperationException">It did neither.</exception>
    public static bool Try(string template)
    {
        try
        {
            var text = JinjaTemplate.Parse(template, "template").Render(Variables, new JinjaOptions { Limits = Limits, Clock = new FixedClock(new DateTime(2024, 7, 26)) });
            if (text.Text.Length > Limits.Characters + template.Length + 2000) throw new InvalidOperationException($"{text.Text.Length} characters are too many");
            foreach (var range in text.Given.Concat(text.Generated)) _ = text.Text.AsSpan()[range];
            return true;
        }
        catch (InvalidDataException error) when (error.Message.StartsWith("template, line ", StringComparison.Ordinal) && error.Message.Length < 2000)
        {
            return false;
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{error.GetType().Name}: {error.Message}\n{template}", error);
        }
    }

    private static readonly string[] Small =
    [
        "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] | trim + eos_token }}{% if loop.last %}x{% else %}y{% endif %}{% endfor %}",
        "{% set ns = namespace(x=0, s='') %}{% for i in range(5) %}{% set ns.x = ns.x + i %}{% set ns.s = ns.s ~ i %}{% if i > 3 %}{% break %}{% endif %}{% endfor %}{{ ns.x }}{{ ns.s[::-1] }}",
        "{% macro m(a, b=[1, 2]) %}{{ a }}{% for x in b recursive %}{{ loop.index }}{% endfor %}{{ caller() if caller }}{% endmacro %}{% call m(1) %}{{ tools | tojson(indent=2) }}{% endcall %}",
        "{{ {'a': 1, 'b': [1, 2.5, none, true]} | items | list }}{{ messages | selectattr('role', 'eq', 'user') | map(attribute='content') | join(', ') }}",
        "{% generation %}{% filter upper | replace('A', 'b') %}{{ 'a b c'.split(' ', 1) }}{% endfilter %}{% endgeneration %}{% raw %}{{ x }}{% endraw %}{# c #}",
        "{%- set x = 'ab' * 3 -%}{% with y = x[1:-1] %}{{ y.title().center(20, '*').zfill(30) }}{{ '%5s|%-3d' % (y, n) }}{{ n ** 2 // 2 % 5 - -1 }}{% endwith %}",
        "{{ [3, 1, 2] | sort(reverse=true) | unique | list }}{{ tools[0].function.parameters.properties | dictsort }}{{ 'x' is in ['x'] and not n is odd }}{{ strftime_now('%d %b') }}",
    ];

    private static string Mutate(IReadOnlyList<string> seeds, Generator random)
    {
        var words = Split(seeds[random.Below(seeds.Count)]);
        for (var changes = 1 + random.Below(3); changes > 0; changes--)
        {
            var at = random.Below(words.Count + 1);
            switch (random.Below(7))
            {
                case 0 when at < words.Count:
                    words.RemoveAt(at);
                    break;
                case 1:
                    words.Insert(at, Words[random.Below(Words.Length)]);
                    break;
                case 2 when at < words.Count:
                    words[at] = Words[random.Below(Words.Length)];
                    break;
                case 3 when at < words.Count:
                    var other = random.Below(words.Count);
                    (words[at], words[other]) = (words[other], words[at]);
                    break;
                case 4 when at < words.Count:
                    // A stretch again and again: deep nesting, long chains.
                    var stretch = words.GetRange(at, Math.Min(1 + random.Below(8), words.Count - at));
                    for (var times = random.Below(4) == 0 ? 400 : random.Below(5); times > 0 && words.Count < 5000; times--) words.InsertRange(at, stretch);
                    break;
                case 5:
                    var donor = Split(seeds[random.Below(seeds.Count)]);
                    var from = random.Below(donor.Count);
                    words.InsertRange(at, donor.GetRange(from, Math.Min(random.Below(12), donor.Count - from)));
                    break;
                default:
                    if (at < words.Count) words.RemoveRange(at, Math.Min(random.Below(10), words.Count - at));
                    break;
            }
        }
        return string.Concat(words);
    }

    /// <summary>Names, numbers, white space and single other characters.</summary>
    private static List<string> Split(string template)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var kind = 0;
        foreach (var c in template)
        {
            var next = char.IsLetterOrDigit(c) || c == '_' ? 1 : char.IsWhiteSpace(c) ? 2 : c is '{' or '}' or '%' or '#' or '-' ? 3 : 0;
            if (word.Length > 0 && (next != kind || next == 0))
            {
                words.Add(word.ToString());
                word.Clear();
            }
            word.Append(c);
            kind = next;
        }
        words.Add(word.ToString());
        return words;
    }

    /// <summary>SplitMix64: the same numbers everywhere.</summary>
    private sealed class Generator(ulong state)
    {
        private ulong _state = state;

        public int Below(int bound)
        {
            var z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return bound <= 0 ? 0 : (int)((z ^ (z >> 31)) % (ulong)bound);
        }
    }
}
