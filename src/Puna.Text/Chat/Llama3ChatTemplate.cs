namespace Puna.Text;

/// <summary>
/// The format of Llama 3: each turn is <c>&lt;|start_header_id|&gt;role&lt;|end_header_id|&gt;</c>, two line ends, the trimmed content and
/// <c>&lt;|eot_id|&gt;</c>. One begin symbol stands first, where the tokenizer has one.
/// Source: meta-llama/llama3, llama/tokenizer.py, class ChatFormat.
/// </summary>
public sealed class Llama3ChatTemplate : ChatTemplate
{
    private const string StartHeader = "<|start_header_id|>", EndHeader = "<|end_header_id|>", EndOfTurn = "<|eot_id|>", EndOfMessage = "<|eom_id|>";
    private static readonly string[] Roles = ["system", "user", "assistant", "ipython"];

    /// <summary>The control symbols that a tokenizer must have for this template.</summary>
    public static IReadOnlyList<string> RequiredSymbols { get; } = [StartHeader, EndHeader, EndOfTurn];

    /// <inheritdoc/>
    public override string Name => "llama3";

    /// <inheritdoc/>
    public override string JinjaSource =>
        "{% if bos_token %}{{ bos_token }}{% endif %}{% for turn in messages %}"
        + "{{ '<|start_header_id|>' + turn['role'] + '<|end_header_id|>\n\n' + turn['content'] | trim + '<|eot_id|>' }}"
        + "{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";

    /// <inheritdoc/>
    public override EncodedChat Encode(Tokenizer tokenizer, IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt)
    {
        var chat = new EncodedChat.Builder(tokenizer);
        chat.Add(tokenizer.BosId);
        var end = Symbol(tokenizer, EndOfTurn);
        for (var i = 0; i < turns.Count; i++)
        {
            var (role, content) = turns[i];
            if (!Roles.Contains(role))
                throw new InvalidDataException($"Turn {i + 1} has the role '{role}'; the chat template {Name} knows {string.Join(", ", Roles)}.");
            var answer = role == "assistant";
            var headerIds = AddHeader(chat, tokenizer, role);
            chat.Add(content.AsSpan().Trim(), continuation: headerIds > 0, answer);
            chat.Add(end, answer);
        }
        if (addGenerationPrompt) AddHeader(chat, tokenizer, "assistant");
        return chat.Build();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<int> StopIds(Tokenizer tokenizer)
    {
        var stops = new List<int> { Symbol(tokenizer, EndOfTurn) };
        if (tokenizer.TryGetId(EndOfMessage, out var endOfMessage)) stops.Add(endOfMessage);
        if (tokenizer.EosId is { } eos && !stops.Contains(eos)) stops.Add(eos);
        return stops;
    }

    // The line ends are encoded apart from the content, so that a prompt's ids are the beginning of the ids of prompt and answer. A tokenizer may drop
    // them (nmt_nfkc does); then the content is the first text of its stretch.
    private int AddHeader(EncodedChat.Builder chat, Tokenizer tokenizer, string role)
    {
        chat.Add(Symbol(tokenizer, StartHeader));
        chat.Add(role, continuation: false);
        chat.Add(Symbol(tokenizer, EndHeader));
        return chat.Add("\n\n", continuation: false);
    }
}
