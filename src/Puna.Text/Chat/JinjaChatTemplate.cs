using Puna.Text.Jinja;

namespace Puna.Text;

/// <summary>A chat template in the language of Hugging Face, run by the interpreter: a model's own, or one of the built-in ones.</summary>
public sealed class JinjaChatTemplate : ChatTemplate
{
    private const string EndOfMessage = "<|eom_id|>", ToolUse = "tool_use";
    private readonly JinjaTemplate _template;
    private readonly Dictionary<string, JinjaTemplate> _others;
    private readonly ChatRules? _rules;

    /// <summary>A model's own template.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="source">Its text.</param>
    /// <param name="tokens">What tokenizer_config.json says about special tokens; null for what the tokenizer says.</param>
    /// <param name="others">Templates for special uses; <c>tool_use</c> is used where tools are given.</param>
    /// <exception cref="InvalidDataException">A template is not well formed; the sentence gives line and column.</exception>
    public JinjaChatTemplate(string name, string source, ChatTokens? tokens = null, IReadOnlyDictionary<string, string>? others = null) : this(name, source, null)
    {
        Tokens = tokens ?? ChatTokens.OfTokenizer;
        _others = (others ?? new Dictionary<string, string>()).ToDictionary(other => other.Key, other => JinjaTemplate.Parse(other.Value, $"{name} ({other.Key})"));
    }

    internal JinjaChatTemplate(string name, string source, ChatRules? rules)
    {
        (Name, _template, _rules, Tokens, _others) = (name, JinjaTemplate.Parse(source, name), rules, ChatTokens.OfTokenizer, []);
    }

    private JinjaChatTemplate(JinjaChatTemplate other, ChatTokens tokens) =>
        (Name, _template, _rules, _others, Tokens) = (other.Name, other._template, other._rules, other._others, tokens);

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string JinjaSource => _template.Source;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> OtherSources => _others.ToDictionary(other => other.Key, other => other.Value.Source);

    /// <inheritdoc/>
    public override ChatTokens Tokens { get; }

    /// <summary>The control symbols that a tokenizer must have for a built-in template; none for a model's own.</summary>
    public IReadOnlyList<string> RequiredSymbols => _rules?.Symbols ?? [];

    /// <summary>The same template where special tokens are spelled otherwise.</summary>
    /// <param name="tokens">What tokenizer_config.json says.</param>
    public JinjaChatTemplate With(ChatTokens tokens) => new(this, tokens);

    /// <inheritdoc/>
    public override EncodedChat Encode(Tokenizer tokenizer, IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt, ChatInputs? inputs = null)
    {
        inputs ??= ChatInputs.None;
        _rules?.Check(Name, tokenizer, turns, addGenerationPrompt);
        var text = RenderMarked(tokenizer, turns, addGenerationPrompt, inputs);
        RequireContents(text, turns);
        var answers = AnswerSpans.Find(tokenizer, text, turns, (count, prompt) => TryRender(tokenizer, [.. turns.Take(count)], prompt, inputs));
        return ChatEncoder.Encode(tokenizer, text, answers, Tokens.AddBos ?? tokenizer.AddsBos ? ChatVariables.BosId(tokenizer, Tokens) : null);
    }

    /// <inheritdoc/>
    public override string Render(Tokenizer tokenizer, IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt, ChatInputs? inputs = null)
    {
        _rules?.Check(Name, tokenizer, turns, addGenerationPrompt);
        return RenderMarked(tokenizer, turns, addGenerationPrompt, inputs ?? ChatInputs.None).Text;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<int> StopIds(Tokenizer tokenizer)
    {
        var stops = new List<int>();
        if (_rules is not null) stops.Add(_rules.EndId(Name, tokenizer));
        else if (EndOfAnswer(tokenizer) is { } end) stops.Add(end);
        if (JinjaSource.Contains(EndOfMessage, StringComparison.Ordinal) || _rules?.End == "<|eot_id|>") Add(tokenizer.TryGetId(EndOfMessage, out var id) ? id : null);
        Add(ChatVariables.EosId(tokenizer, Tokens));
        if (stops.Count > 0) return stops;
        throw new InvalidDataException($"The chat template {Name} writes no control symbol behind an answer and the tokenizer of {tokenizer.VocabularySize} pieces has no end symbol, so no answer would ever end; choose another tokenizer or template.");

        void Add(int? stop)
        {
            if (stop is { } value && !stops.Contains(value)) stops.Add(value);
        }
    }

    internal TextValue RenderMarked(Tokenizer tokenizer, IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt, ChatInputs inputs)
    {
        var (variables, characters) = ChatVariables.Of(tokenizer, Tokens, turns, addGenerationPrompt, inputs);
        var template = inputs.Tools is not null && _others.TryGetValue(ToolUse, out var forTools) ? forTools : _template;
        return template.Render(variables, characters, inputs.Options);
    }

    private string? TryRender(Tokenizer tokenizer, IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt, ChatInputs inputs)
    {
        try
        {
            return RenderMarked(tokenizer, turns, addGenerationPrompt, inputs).Text;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    // A message that is left out in silence is worse than a refusal. Of past answers templates leave out the reasoning, and that is meant.
    private void RequireContents(TextValue text, IReadOnlyList<ChatTurn> turns)
    {
        var written = new HashSet<int>();
        foreach (var run in text.Runs) written.Add(run.Mark.Source);
        for (var i = 0; i < turns.Count; i++)
            if (turns[i].Role != "assistant" && !string.IsNullOrWhiteSpace(turns[i].Content) && !written.Contains(i + 1))
                throw new InvalidDataException($"The chat template {Name} leaves out turn {i + 1}, of the role '{turns[i].Role}'; say it in another turn, or choose another template.");
    }

    /// <summary>The control symbol that the template writes behind an answer, found by writing one.</summary>
    private int? EndOfAnswer(Tokenizer tokenizer)
    {
        try
        {
            var text = RenderMarked(tokenizer, [new("user", "question"), new("assistant", "answer")], false, ChatInputs.None);
            if (text.Where(mark => mark.Source == 2) is not [.., var answer]) return null;
            var next = ChatEncoder.Symbols(tokenizer, text).FirstOrDefault(symbol => symbol.Start >= answer.End.Value);
            return next.Length > 0 && text.Text.AsSpan(answer.End.Value..next.Start).IsWhiteSpace() ? next.Id : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
