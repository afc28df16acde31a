#:project ../src/Puna.Inference/Puna.Inference.csproj
#:property PublishAot=false

// What constrained output costs: making a schema ready, and the mask of each token, for vocabularies of released models.
// dotnet run -c Release benchmarks/ConstrainedOutput.cs TOKENIZER...      (folders with a tokenizer.model, for example those of ../shared/data/tokenizers)
using System.Diagnostics;
using Puna.Inference;
using Puna.Tensors;
using Puna.Text;

const string Person = """
    {"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer","minimum":0,"maximum":150},"email":{"type":"string","format":"email"},
    "address":{"type":"object","properties":{"street":{"type":"string","maxLength":80},"city":{"type":"string"},"zip":{"type":"string","pattern":"^[0-9]{5}$"}},"required":["street","city"],"additionalProperties":false},
    "tags":{"type":"array","items":{"type":"string","maxLength":40},"maxItems":8},"role":{"enum":["admin","editor","reader"]},"active":{"type":"boolean"},"score":{"type":"number","minimum":0,"maximum":1},"note":{"type":["string","null"]}},
    "required":["name","age","address","role","active","note"],"additionalProperties":false}
    """;
string[] names = ["Ann", "Björn Åkesson", "María José", "Li 小明", "O'Brien", "Zoë van der Meer"];
string[] notes = ["\"Came in late on Monday; \\\"will call back\\\" she said.\"", "null", "\"née Müller, moved to Köln in 2019 \ud83d\ude42\"", "\"\"", "\"A long note. It goes on for a while, as notes do, and has 3 sentences. Then it ends.\""];

string Document(int i) => $$"""
    {"name": "{{names[i % names.Length]}}", "age": {{(i * 17) % 100}}, "email": "person{{i}}@example.org", "address": {"street": "{{i}} Rue de l'Église, 2nd floor", "city": "{{names[(i + 2) % names.Length]}}ville", "zip": "{{10000 + (i * 371)}}"},
      "tags": ["new", "customer {{i}}", "tag-{{i * 3}}"], "role": "{{new[] { "admin", "editor", "reader" }[i % 3]}}", "active": {{(i % 2 == 0 ? "true" : "false")}}, "score": 0.{{i}}75, "note": {{notes[i % notes.Length]}}}
    """;

// objects and arrays in each other, up to seven deep
string Nested(int seed)
{
    var random = new CounterRandom((ulong)seed);
    return Value(0);

    string Value(int depth) => random.Next(depth == 0 ? 2 : depth > 6 ? 8 : 12) switch
    {
        0 when depth < 7 => $"{{{string.Join(", ", Enumerable.Range(0, 2 + random.Next(4)).Select(i => $"\"{names[random.Next(names.Length)]}{i}\": {Value(depth + 1)}"))}}}",
        1 when depth < 7 => $"[{string.Join(", ", Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Value(depth + 1)))}]",
        8 or 9 => $"{{\"k\": {Value(depth + 1)}}}",
        10 or 11 => $"[{Value(depth + 1)}, {Value(depth + 1)}]",
        2 or 3 => $"{random.Next(100000)}",
        4 => "true",
        5 => "-0.5e3",
        _ => notes[random.Next(notes.Length)],
    };
}

Console.WriteLine("| vocabulary | schema | tree of tokens, once | schema to machine | first mask | tokens | first 5 documents: mean, µs | 99 % | 20 other new ones: mean, µs | 99 % | seen before: mean, µs | 99 % | choosing greedily without, µs | with | choosing at 0.8 without, µs | with |");
Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
foreach (var (folder, workload, schema, document) in args.SelectMany(folder => new[] { (folder, "person", Person, (Func<int, string>)Document), (folder, "any JSON, `{}`", "{}", Nested) }))
{
    var tokenizer = Tokenizers.Load(folder);
    int[] stops = [tokenizer.EosId!.Value];
    // the runtime compiles the code with a schema of its own first
    OutputGrammar.FromJsonSchema("""{"type":"array","items":{"type":"string","maxLength":3}}""").Compile(CharacterTokenizerTrainer.Train("[\"], ab"), [2]).Start().Allowed.Count.ToString();
    var start = Stopwatch.GetTimestamp();
    OutputGrammar.FromRegex("a").Compile(tokenizer, stops);
    var tree = Stopwatch.GetElapsedTime(start);
    start = Stopwatch.GetTimestamp();
    var compiled = OutputGrammar.FromJsonSchema(schema).Compile(tokenizer, stops);
    var compile = Stopwatch.GetElapsedTime(start);
    start = Stopwatch.GetTimestamp();
    _ = compiled.Start([]).Allowed;
    var first = Stopwatch.GetElapsedTime(start);
    var cold = Run(0, 5);
    Run(5, 25);
    var fresh = Run(25, 45);
    for (var again = 0; again < 3; again++) Run(5, 25);
    var warm = Run(5, 25);
    var choices = new[] { 0, 0.8 }.SelectMany(temperature => new[] { Choose(temperature, false), Choose(temperature, true) }).Select(time => $"{time:0}");
    Console.WriteLine($"| {Path.GetFileName(folder.TrimEnd('/'))}, {tokenizer.VocabularySize} | {workload} | {tree.TotalMilliseconds:0} ms | {compile.TotalMilliseconds:0.0} ms | {first.TotalMicroseconds:0} µs | {warm.Length} | {cold.Average():0} | {Part(cold, 0.99):0} | {fresh.Average():0.0} | {Part(fresh, 0.99):0} | {warm.Average():0.00} | {Part(warm, 0.99):0.0} | {string.Join(" | ", choices)} |");

    // microseconds to choose a token inside a string, where nearly all are allowed; the best of five rounds of 100
    double Choose(double temperature, bool isConstrained)
    {
        var random = new CounterRandom(1);
        var logits = Enumerable.Range(0, tokenizer.VocabularySize).Select(_ => (float)random.NextNormal()).ToArray();
        var prompt = tokenizer.Encode("x");
        var loose = OutputGrammar.FromRegex("[^\"]*").Compile(tokenizer, stops);
        var best = double.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var chain = new SamplerChain(new SamplingOptions { Temperature = temperature }, constraint: isConstrained ? new ConstraintStep(loose.Start(prompt), prompt.Length) : null);
            chain.History.Add(prompt);
            chain.Sample(logits);
            var begin = Stopwatch.GetTimestamp();
            for (var i = 0; i < 100; i++)
            {
                chain.Sample(logits);
                if (chain.History.Tokens[^1] == stops[0]) chain.History.Truncate(prompt.Length);
            }
            best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalMicroseconds / 100);
        }
        return best;
    }

    // microseconds for mask and acceptance of every token of some documents
    double[] Run(int from, int to)
    {
        var times = new List<double>();
        for (var i = from; i < to; i++)
        {
            var constraint = compiled.Start(tokenizer.Encode("x"));
            foreach (var id in Ids(document(i).ReplaceLineEndings("\n")))
            {
                var begin = Stopwatch.GetTimestamp();
                var isAllowed = constraint.Allowed.Contains(id);
                if (!isAllowed) throw new InvalidDataException($"token '{tokenizer.IdToPiece(id)}' is not allowed behind {tokenizer.Decode(constraint.Tokens)}");
                constraint.Accept(id);
                times.Add(Stopwatch.GetElapsedTime(begin).TotalMicroseconds);
            }
            if (!constraint.MayEnd) throw new InvalidDataException("the document is not at its end");
        }
        return [.. times];
    }

    // the document without the space that SentencePiece puts before a text
    IEnumerable<int> Ids(string text)
    {
        var ids = tokenizer.Encode("\n" + text);
        var skipped = 0;
        while (tokenizer.Decode(ids.AsSpan(0, skipped)).Length < 1) skipped++;
        return ids.Skip(skipped);
    }
}

static double Part(double[] values, double share) => values.Order().ElementAt((int)(share * (values.Length - 1)));
