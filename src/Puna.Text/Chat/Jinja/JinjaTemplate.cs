using System.Text.Json;

namespace Puna.Text.Jinja;

/// <summary>
/// A template in the part of the Jinja language that chat templates use, rendered as Hugging Face renders it: trim_blocks, lstrip_blocks, break and continue,
/// <c>tojson</c> without HTML escapes, <c>raise_exception</c>, <c>strftime_now</c>, <c>generation</c> blocks. It is interpreted and reaches nothing but its
/// variables: there is no reflection, and filters, tests, functions and methods are those of fixed tables. Any number of threads may render one.
/// Source: the template designer documentation of Jinja 3.1; huggingface/transformers, utils/chat_template_utils.py.
/// </summary>
public sealed class JinjaTemplate
{
    /// <summary>Longest template that is read, in UTF-16 units.</summary>
    public const int LongestSource = 1 << 20;

    private readonly SourceText _source;
    private readonly IReadOnlyList<Statement> _body;

    private JinjaTemplate(string text, SourceText source, IReadOnlyList<Statement> body) => (Source, _source, _body) = (text, source, body);

    /// <summary>The template as it was given.</summary>
    public string Source { get; }

    /// <summary>Parses a template.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="name">What errors call it, for example the file.</param>
    /// <exception cref="InvalidDataException">It is not well formed, too long, nested too deeply, or has a statement that a chat template cannot use; the
    /// sentence gives line and column.</exception>
    public static JinjaTemplate Parse(string source, string name = "chat template") => Parse(source, name, JinjaWhitespace.HuggingFace);

    internal static JinjaTemplate Parse(string source, string name, JinjaWhitespace whitespace)
    {
        if (source.Length > LongestSource) throw new InvalidDataException($"{name}: the template has {source.Length} characters, and at most {LongestSource} are read; this is no chat template.");
        var text = new SourceText(source, name);
        return new JinjaTemplate(source, text, TemplateParser.Parse(text, whitespace));
    }

    /// <summary>Renders the template.</summary>
    /// <param name="variables">Its variables.</param>
    /// <param name="options">Clock and limits.</param>
    /// <param name="cancellation">Ends the rendering.</param>
    /// <exception cref="InvalidDataException">The template raised an exception, asked for what is not there, or went over a limit; the sentence gives line and column.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public JinjaRendering Render(IReadOnlyDictionary<string, JsonElement> variables, JinjaOptions? options = null, CancellationToken cancellation = default)
    {
        var names = new Dictionary<string, Value>();
        foreach (var (name, value) in variables) names[name] = JsonValues.Read(value, Mark.Given);
        return JinjaRendering.Of(Render(names, variables.Values.Sum(value => (long)value.GetRawText().Length), options, cancellation));
    }

    /// <summary>Renders the template with values that are marked already.</summary>
    internal TextValue Render(IReadOnlyDictionary<string, Value> variables, long givenCharacters, JinjaOptions? options = null, CancellationToken cancellation = default)
    {
        var machine = new Machine(_source, options ?? JinjaOptions.Default, givenCharacters, cancellation);
        foreach (var (name, value) in variables) machine.Scope.Set(name, value);
        machine.Execute(_body);
        return machine.Output.ToValue();
    }
}
