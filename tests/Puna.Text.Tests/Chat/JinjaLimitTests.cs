using System.Text.Json;
using Puna.Text.Jinja;

namespace Puna.Text.Tests;

/// <summary>What a template from anywhere cannot do: run without end, write without end, go down without end, or fail without a sentence.</summary>
public class JinjaLimitTests
{
    private static readonly Dictionary<string, JsonElement> None = [];

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "was stopped here, after")]
    [InlineData("{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}", "a text of more than")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}", "was stopped here, after")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}", "more than")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}", "more than")]
    [InlineData("{% set ns = namespace(x=(1,), y=(1,)) %}{% for i in range(90) %}{% set ns.x = (ns.x, ns.x) %}{% set ns.y = (ns.y, ns.y) %}{% endfor %}{{ ns.x == ns.y }}", "was stopped here, after")]
    [InlineData("{% set ns = namespace(x=(1,)) %}{% for i in range(90) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}", "was stopped here, after")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}", "levels deep")]
    [InlineData("{% set ns = namespace(x=()) %}{% for i in range(9999) %}{% set ns.x = (ns.x,) %}{% endfor %}{{ {ns.x: 1} }}", "levels deep")]
    [InlineData("{% set x = [] %}{% set _ = x.append(x) %}{{ x }}", "levels deep")]
    [InlineData("{% set x = [] %}{% set y = [] %}{% set _ = x.append(y) %}{% set _ = y.append(x) %}{{ x == y }}", "levels deep")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "levels deep")]
    [InlineData("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "levels deep")]
    [InlineData("{{ 'x' * 999999999 }}", "a text of more than")]
    [InlineData("{{ [1] * 999999999 }}", "was stopped here, after")]
    [InlineData("{{ 'x'.center(999999999) }}", "a text of more than")]
    [InlineData("{{ '%999999999d' % 1 * 9999 }}", "a text of more than")]
    [InlineData("{{ range(100001) }}", "too long")]
    [InlineData("{{ range(-9223372036854775807, 9223372036854775807) }}", "too long")]
    [InlineData("{{ 9223372036854775807 + 1 }}", "beyond 64 bits")]
    [InlineData("{{ 10 ** 100 }}", "beyond 64 bits")]
    [InlineData("{{ 99999999999999999999 }}", "at most 64 bits")]
    [InlineData("a\nb {{ 1 / 0 }}", "template, line 2, column 8: division by zero")]
    [InlineData("{{ x | nosuch }}", "there is no filter 'nosuch'; there are abs, attr")]
    [InlineData("{{ x is nosuch }}", "there is no test 'nosuch'; there are boolean, callable")]
    [InlineData("{% include 'x' %}", "a chat template stands alone")]
    [InlineData("{% if x %}", "line 1, column 4: the block that begins here has no end; close it with {% endif %}")]
    [InlineData("{{ raise_exception('no') }}", "template, line 1, column 19: no")]
    public void What_has_no_end_is_ended_with_a_sentence(string template, string part) =>
        Should.Throw<InvalidDataException>(() => Render(template)).Message.ShouldContain(part);

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("not ", "")]
    [InlineData("- ", "")]
    [InlineData("x if x else ", "")]
    [InlineData("{1: ", "}")]
    [InlineData("f(", ")")]
    [InlineData("x is f(", ")")]
    [InlineData("x[", "]")]
    public void Nesting_is_bounded_before_it_is_followed(string open, string close)
    {
        string Repeated(string part) => string.Concat(Enumerable.Repeat(part, 50_000));
        Should.Throw<InvalidDataException>(() => JinjaTemplate.Parse("{{ " + Repeated(open) + "1" + Repeated(close) + " }}")).Message.ShouldContain("nests more than 200 levels deep");
    }

    [Theory]
    [InlineData("{% if x %}")]
    [InlineData("{% for x in y %}")]
    [InlineData("{% set x %}")]
    [InlineData("{% macro m() %}")]
    [InlineData("{% generation %}")]
    public void So_is_that_of_blocks(string part) =>
        Should.Throw<InvalidDataException>(() => JinjaTemplate.Parse(string.Concat(Enumerable.Repeat(part, 50_000)))).Message.ShouldContain("nests more than 200 levels deep");

    [Fact]
    public void Long_chains_are_refused_or_run()
    {
        string Chain(string operation, int times) => "{{ 1" + string.Concat(Enumerable.Repeat(operation, times)) + " }}";
        Render(Chain(" + 1", 300)).Text.ShouldBe("301");
        Render(Chain(" | int", 300)).Text.ShouldBe("1");
        Render("{% if 0 %}" + string.Concat(Enumerable.Repeat("{% elif 0 %}", 20_000)) + "{% endif %}").Text.ShouldBe("");
        foreach (var operation in (string[])[" + 1", " | int", ".x", " and 1", "[0]", "()"])
            Should.Throw<InvalidDataException>(() => Render(Chain(operation, 50_000))).Message.ShouldContain("levels deep");
    }

    [Fact]
    public void A_template_of_a_million_characters_and_more_is_refused() =>
        Should.Throw<InvalidDataException>(() => JinjaTemplate.Parse(new string('x', JinjaTemplate.LongestSource + 1))).Message.ShouldContain("this is no chat template");

    [Fact]
    public void Searching_takes_no_more_time_than_there_are_characters()
    {
        var text = "{% set a = 'a' * 400000 %}{% set b = 'a' * 200000 + 'b' %}";
        Render(text + "{{ b in a }}{{ a.count(b) }}{{ a.replace(b, '') | length }}{{ a.rfind(b) }}{{ a.split(b) | length }}").Text.ShouldBe("False0400000-11");
    }

    [Fact]
    public void A_long_conversation_has_more_steps()
    {
        var content = JsonDocument.Parse($"\"{new string('x', 3_000_000)}\"").RootElement;
        var variables = new Dictionary<string, JsonElement> { ["content"] = content };
        JinjaTemplate.Parse("{% for i in range(3) %}{{ '[' + content | trim + ']' }}{% endfor %}").Render(variables).Text.Length.ShouldBe(9_000_006);
    }

    [Fact]
    public void Cancelling_ends_it()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Should.Throw<OperationCanceledException>(() => JinjaTemplate.Parse("{% for i in range(9999) %}{{ i }}{% endfor %}").Render(None, null, source.Token));
    }

    [Fact]
    public void Nothing_of_dotnet_can_be_reached()
    {
        foreach (var name in (string[])["__class__", "__init__", "__globals__", "GetType", "ToString", "Text", "Items", "Entries", "Length"])
        {
            foreach (var value in (string[])["'a'", "[1]", "{'a': 1}", "1", "1.5", "none", "true", "range", "namespace()", "joiner()", "(1, 2)"])
                Render($"{{{{ ({value}).{name} is defined }}}}{{{{ ({value})['{name}'] is defined }}}}").Text.ShouldBe("FalseFalse");
        }
    }

    [Theory]
    [InlineData("t.isalpha()")]
    [InlineData("t.isspace()")]
    [InlineData("t.islower()")]
    [InlineData("t is upper")]
    [InlineData("t.startswith((t, t))")]
    [InlineData("t.endswith(t)")]
    [InlineData("t.removeprefix(t)")]
    [InlineData("t.strip(t)")]
    [InlineData("t.splitlines()")]
    [InlineData("t | int")]
    [InlineData("t | float")]
    [InlineData("{t: 1}[t]")]
    [InlineData("[1] | map(attribute=t) | list")]
    [InlineData("1 is filter or t is test")]
    [InlineData("t % ()")]
    public void Whatever_goes_through_a_long_text_is_paid_for(string expression)
    {
        var template = $"{{% set t = 'a' * 3000000 %}}{{% for i in range(200) %}}{{% set _ = {expression} %}}{{% endfor %}}";
        Should.Throw<InvalidDataException>(() => Render(template)).Message.ShouldContain("was stopped here, after");
    }

    [Fact]
    public void So_are_the_parameters_of_a_macro()
    {
        var parameters = string.Join(", ", Enumerable.Range(0, 20_000).Select(i => $"a{i}"));
        var template = $"{{% macro m({parameters}) %}}{{% endmacro %}}{{% for i in range(1000) %}}{{{{ m() }}}}{{% endfor %}}";
        Should.Throw<InvalidDataException>(() => Render(template)).Message.ShouldContain("was stopped here, after");
    }

    [Fact]
    public void Names_have_an_end() =>
        Should.Throw<InvalidDataException>(() => Render($"{{{{ {new string('a', 257)} }}}}")).Message.ShouldContain("a name of 257 characters begins here; at most 256 are read");

    [Fact]
    public void Keys_that_are_no_number_are_found_again()
    {
        Render("{% set x = 'nan' | float %}{% set d = {x: 1, 1: 2, 1.0: 3, true: 4, 0.0: 5, -0.0: 6} %}{{ d[x] }}{{ d | length }}{{ d[1] }}{{ d[0] }}").Text.ShouldBe("1346");
    }

    private static JinjaRendering Render(string template) => JinjaTemplate.Parse(template, "template").Render(None);
}
