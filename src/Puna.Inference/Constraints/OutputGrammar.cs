using System.Text;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// What an output must be: a GBNF grammar, a regular expression or a JSON schema, read and checked. Independent of models; <see cref="Compile"/> makes it ready for a
/// vocabulary. Any number of threads may use one.
/// </summary>
public sealed class OutputGrammar
{
    private const int Remembered = 4;
    private const int LongestEnd = 1_000_000;
    private readonly Grammar _grammar;
    private readonly List<(Tokenizer Tokenizer, int[] Stops, CompiledGrammar Compiled)> _compiled = [];
    private readonly Lazy<GrammarMachine> _machine;

    private OutputGrammar(Grammar grammar, string? source)
    {
        (_grammar, Source) = (grammar, source);
        _machine = new Lazy<GrammarMachine>(() => new GrammarMachine(Utf8Spelling.ToBytes(grammar, null)));
    }

    /// <summary>What errors call it.</summary>
    public string Name => _grammar.Name;

    /// <summary>What it was read from: a word for the notation, a line break, the text. Null where it was put together.</summary>
    public string? Source { get; }

    /// <summary>A grammar in llama.cpp's notation; the rule <c>root</c> is the whole output.</summary>
    /// <param name="text">The grammar.</param>
    /// <param name="name">What errors call it, for example the file.</param>
    /// <exception cref="InvalidDataException">A mistake, its line and column named; a rule that begins with itself; a grammar that no text satisfies.</exception>
    public static OutputGrammar FromGbnf(string text, string name = "grammar") => new(GbnfParser.Parse(text, name), $"gbnf\n{text}");

    /// <summary>A regular expression that the whole output matches; docs/constrained-output.md has what may be in it.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">A mistake or something unsupported, its place named; or an expression that no text matches.</exception>
    public static OutputGrammar FromRegex(string pattern, string name = "regular expression") => new(RegexParser.Parse(pattern, name), $"regex\n{pattern}");

    /// <summary>A JSON schema of draft 7 or 2020-12 that the output satisfies; docs/constrained-output.md has the keywords.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">The schema is no JSON (line and byte named), has a keyword that is not supported or a wrong value (its JSON pointer named), or nothing satisfies it.</exception>
    public static OutputGrammar FromJsonSchema(string schema, string name = "JSON schema") => new(JsonSchemaCompiler.Compile(schema, name), $"schema\n{schema}");

    /// <summary>A grammar that was put together part by part.</summary>
    /// <exception cref="InvalidDataException">No text satisfies it.</exception>
    internal static OutputGrammar Of(Grammar grammar)
    {
        GrammarAnalysis.Complete(grammar);
        return new OutputGrammar(grammar, null);
    }

    /// <summary>Whether a whole text satisfies it.</summary>
    public bool Accepts(string text) => Read(text) is { MayEnd: true };

    /// <summary>Whether a text satisfies it with something more behind it, or as it is.</summary>
    public bool IsPrefix(string text) => Read(text) is not null;

    /// <summary>The shortest text that can stand behind another so that the whole satisfies it; null where none can, or none of a million bytes.</summary>
    public string? ShortestEnd(string text)
    {
        if (Read(text) is not { } state) return null;
        var bytes = new List<byte>();
        lock (_machine.Value.Lock)
        {
            for (var value = state.ByteToTheEnd(); value >= 0; value = state.ByteToTheEnd())
            {
                if (bytes.Count == LongestEnd) return null;
                bytes.Add((byte)value);
                state = state.Next(value)!;
            }
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>Makes it ready for a vocabulary; the latest few are remembered.</summary>
    /// <param name="tokenizer">The vocabulary.</param>
    /// <param name="stopIds">Ids that end a text; they are allowed where it may end, and nowhere else.</param>
    /// <exception cref="InvalidDataException">The vocabulary lacks characters without which no text satisfies it, or has none of the stop ids.</exception>
    public CompiledGrammar Compile(Tokenizer tokenizer, IEnumerable<int> stopIds)
    {
        int[] stops = [.. stopIds.Distinct().Order()];
        lock (_compiled)
        {
            foreach (var (known, ids, ready) in _compiled)
                if (known == tokenizer && ids.AsSpan().SequenceEqual(stops)) return ready;
            var compiled = new CompiledGrammar(_grammar, tokenizer, stops);
            if (_compiled.Count == Remembered) _compiled.RemoveAt(0);
            _compiled.Add((tokenizer, stops, compiled));
            return compiled;
        }
    }

    private GrammarState? Read(string text)
    {
        var machine = _machine.Value;
        lock (machine.Lock) return machine.Start.Next(Encoding.UTF8.GetBytes(text));
    }
}
