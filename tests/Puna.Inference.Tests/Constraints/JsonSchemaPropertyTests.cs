using System.Text.Json;
using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>Whatever a model does, its output parses and satisfies the schema; and what the limit cuts off can be completed so that it does.</summary>
public sealed class JsonSchemaPropertyTests
{
    public static TheoryData<string, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (var name in SmallVocabularies.Names)
                for (var seed = 0; seed < 4; seed++) cases.Add(name, seed);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Any_output_under_any_schema_parses_and_validates(string vocabulary, int seed)
    {
        var random = new CounterRandom((ulong)seed, 77);
        var schemas = new RandomSchema(random);
        var (early, late) = (0, 0);
        for (var i = 0; i < 25; i++)
        {
            var schema = schemas.Next().ToJsonString();
            var grammar = OutputGrammar.FromJsonSchema(schema);
            using var parsed = JsonDocument.Parse(schema);
            for (var run = 0; run < 2; run++)
            {
                var (text, inTime) = new Adversary(grammar, SmallVocabularies.Get(vocabulary), random).Write(10 + random.Next(50));
                using var value = JsonDocument.Parse(text);
                SchemaValidator.IsValid(parsed.RootElement, value.RootElement).ShouldBeTrue($"{schema}\n{text}");
                if (inTime) early++;
                else late++;
            }
        }
        early.ShouldBeGreaterThan(5);
        late.ShouldBeGreaterThan(5);
    }
}
