using System.Text.Json;
using Puna.Tests;
using Puna.Text.Jinja;

namespace Puna.Text.Tests;

/// <summary>What Jinja2 itself writes, in Hugging Face's environment.</summary>
public class JinjaGoldenTests
{
    private static readonly JinjaOptions Options = new() { Clock = new FixedClock(new DateTime(2024, 7, 26, 9, 5, 3)) };

    [SkippableFact]
    public void Published_templates_write_what_Jinja2_writes()
    {
        var golden = Read("golden-renderings.json");
        var contexts = golden.GetProperty("contexts");
        var wrong = new List<string>();
        var count = 0;
        foreach (var item in golden.GetProperty("renderings").EnumerateArray())
        {
            var file = item.GetProperty("template").GetString()!;
            var variables = contexts.GetProperty(item.GetProperty("context").GetString()!).EnumerateObject().ToDictionary(property => property.Name, property => property.Value);
            foreach (var name in new[] { "bos_token", "eos_token", "add_generation_prompt" }) variables[name] = item.GetProperty(name);
            Compare(wrong, $"{file} on {item.GetProperty("context")}", File.ReadAllText(SharedData.Shared("data/" + file)), variables, item);
            count++;
        }
        wrong.ShouldBeEmpty();
        count.ShouldBe(256);
    }

    [SkippableFact]
    public void Strings_of_published_templates_write_what_Jinja2_writes()
    {
        var golden = Read("llama-cpp-expected.json");
        var wrong = new List<string>();
        foreach (var item in golden.GetProperty("cases").EnumerateArray())
        {
            var variables = new Dictionary<string, JsonElement> { ["messages"] = golden.GetProperty("messages"), ["add_generation_prompt"] = golden.GetProperty("add_generation_prompt") };
            foreach (var name in new[] { "bos_token", "eos_token" }) variables[name] = item.TryGetProperty(name, out var token) ? token : JsonDocument.Parse("\"\"").RootElement;
            Compare(wrong, item.GetProperty("name").GetString()!, item.GetProperty("template_str").GetString()!, variables, item.GetProperty("jinja2_rendering"));
        }
        wrong.ShouldBeEmpty();
        golden.GetProperty("cases").GetArrayLength().ShouldBe(30);
    }

    [SkippableFact]
    public void Small_cases_write_what_Jinja2_writes()
    {
        var wrong = new List<string>();
        var count = 0;
        foreach (var item in Read("jinja-syntax-cases.json").GetProperty("cases").EnumerateArray())
        {
            if (!item.GetProperty("same_in_jinja2").GetBoolean()) continue;
            var options = item.GetProperty("options");
            bool Has(string option) => options.TryGetProperty(option, out var value) && value.GetBoolean();
            var source = item.GetProperty("template").GetString()!;
            var found = Outcome(source, [], new JinjaWhitespace(Has("trim_blocks"), Has("lstrip_blocks")));
            if (found != item.GetProperty("jinja2").GetString()) wrong.Add($"{source}\n→ {found}\n≠ {item.GetProperty("jinja2")}");
            count++;
        }
        wrong.ShouldBeEmpty();
        count.ShouldBe(134);
    }

    [Fact]
    public void Expressions_and_statements_are_those_of_Jinja2()
    {
        var wrong = new List<string>();
        foreach (var item in JsonDocument.Parse(File.ReadAllText(SharedData.Golden("jinja/cases.json"))).RootElement.GetProperty("cases").EnumerateArray())
        {
            var source = item.GetProperty("template").GetString()!;
            var found = Outcome(source, [], JinjaWhitespace.HuggingFace);
            if (item.TryGetProperty("output", out var output) ? found != output.GetString() : !found.StartsWith("ERROR ", StringComparison.Ordinal)) wrong.Add($"{source}\n→ {found}\n≠ {item}");
        }
        wrong.ShouldBeEmpty();
    }

    private static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllText(SharedData.Shared("data/chat-templates/" + file))).RootElement;

    // An error of Jinja2 is one here too, and says the same behind line and column.
    private static void Compare(List<string> wrong, string name, string source, Dictionary<string, JsonElement> variables, JsonElement expected)
    {
        var found = Outcome(source, variables, JinjaWhitespace.HuggingFace);
        if (expected.TryGetProperty("output", out var output))
        {
            if (found != output.GetString()) wrong.Add($"{name}\n→ {found}\n≠ {output}");
        }
        else if (!found.StartsWith("ERROR ", StringComparison.Ordinal) || !found.EndsWith(expected.GetProperty("error").GetString()!.Replace("TypeError: ", ""), StringComparison.Ordinal))
            wrong.Add($"{name}\n→ {found}\n≠ error {expected.GetProperty("error")}");
    }

    private static string Outcome(string source, Dictionary<string, JsonElement> variables, JinjaWhitespace whitespace)
    {
        try
        {
            var given = variables.ToDictionary(pair => pair.Key, pair => JsonValues.Read(pair.Value, Mark.Given));
            return JinjaTemplate.Parse(source, "template", whitespace).Render(given, 10_000, Options).Text;
        }
        catch (InvalidDataException error)
        {
            return "ERROR " + error.Message;
        }
    }
}
