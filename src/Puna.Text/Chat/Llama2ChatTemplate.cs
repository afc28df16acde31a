namespace Puna.Text;

/// <summary>
/// The format of Llama 2 and Code Llama: each pair of turns is <c>&lt;s&gt;[INST] question [/INST] answer &lt;/s&gt;</c>, with a begin symbol for each
/// pair (where the tokenizer has one); a system turn is folded into the first question between <c>&lt;&lt;SYS&gt;&gt;</c> tags. The tags are
/// ordinary text, so contents that hold one are refused. Source: meta-llama/llama, llama/generation.py, chat_completion.
/// </summary>
public sealed class Llama2ChatTemplate : ChatTemplate
{
    private static readonly string[] Tags = ["[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"];

    /// <inheritdoc/>
    public override string Name => "llama2";

    /// <inheritdoc/>
    public override string JinjaSource =>
        "{% set ns = namespace(system='') %}{% for turn in messages %}{% if turn['role'] == 'system' %}"
        + "{% set ns.system = '<<SYS>>\n' + turn['content'] | trim + '\n<</SYS>>\n\n' %}{% elif turn['role'] == 'user' %}"
        + "{% if bos_token %}{{ bos_token }}{% endif %}{{ '[INST] ' + ns.system + turn['content'] | trim + ' [/INST]' }}{% set ns.system = '' %}"
        + "{% else %}{{ ' ' + turn['content'] | trim + ' ' + eos_token }}{% endif %}{% endfor %}";

    /// <inheritdoc/>
    public override EncodedChat Encode(Tokenizer tokenizer, IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt)
    {
        var end = EndId(tokenizer);
        var chat = new EncodedChat.Builder(tokenizer);
        var system = "";
        for (var i = 0; i < turns.Count; i++)
        {
            var (role, text) = turns[i];
            var content = text.Trim();
            Check(turns, i);
            if (role == "system") system = $"<<SYS>>\n{content}\n<</SYS>>\n\n";
            else if (role == "user")
            {
                chat.Add(tokenizer.BosId);
                chat.Add($"[INST] {system}{content} [/INST]", continuation: false);
                system = "";
            }
            else
            {
                chat.Add($" {content} ", continuation: true, answer: true);
                chat.Add(end, answer: true);
            }
        }
        if (addGenerationPrompt && (turns.Count == 0 || turns[^1].Role != "user"))
            throw new InvalidDataException($"The chat template {Name} lets the assistant speak after a user's turn only, and the last turn is {(turns.Count == 0 ? "missing" : $"of the role '{turns[^1].Role}'")}; end with a user's turn.");
        return chat.Build();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<int> StopIds(Tokenizer tokenizer) => [EndId(tokenizer)];

    private int EndId(Tokenizer tokenizer) => tokenizer.EosId
        ?? throw new InvalidDataException($"The chat template {Name} ends an answer with the tokenizer's end symbol, and the tokenizer of {tokenizer.VocabularySize} pieces has none; choose another tokenizer or template.");

    private void Check(IReadOnlyList<ChatTurn> turns, int i)
    {
        var before = i == 0 ? "" : turns[i - 1].Role;
        var fits = turns[i].Role switch
        {
            "system" => i == 0,
            "user" => before is "" or "system" or "assistant",
            "assistant" => before == "user",
            _ => throw new InvalidDataException($"Turn {i + 1} has the role '{turns[i].Role}'; the chat template {Name} knows system, user, assistant."),
        };
        if (!fits)
            throw new InvalidDataException($"Turn {i + 1} is of the role '{turns[i].Role}' {(i == 0 ? "and the first" : $"after '{before}'")}; the chat template {Name} needs an optional system turn, then user and assistant in turn.");
        if (Array.Find(Tags, tag => turns[i].Content.Contains(tag, StringComparison.Ordinal)) is { } tag)
            throw new InvalidDataException($"Turn {i + 1} holds the tag {tag}, which the chat template {Name} writes itself; remove it from the content.");
    }
}
