using Puna.Models;
using Puna.Text;

namespace Puna.Inference.Tests;

/// <summary>A model that says what a test wants, with a token a character and the control symbols of several chat templates.</summary>
internal sealed class Scripted : IDisposable
{
    private static readonly string Characters = string.Concat(Enumerable.Range(32, 95).Select(code => (char)code)) + "\n";

    /// <summary>Control symbols of the vocabulary.</summary>
    public static readonly string[] Symbols =
    [
        "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>", "<|python_tag|>", "<tool_call>", "</tool_call>", "[TOOL_CALLS]", "<|im_start|>", "<|im_end|>",
    ];

    public Scripted(ChatTemplate? template, int context = 6000)
    {
        Tokenizer = CharacterTokenizerTrainer.Train(Characters, new CharacterTrainerOptions { ControlSymbols = Symbols });
        Engine = new ScriptedEngine(LlamaConfig.Create(32, 48, 2, 4, 2, Tokenizer.VocabularySize, context) with { BosTokenId = 1, EosTokenIds = [2] }, end: 2);
        Model = new LlamaModel("scripted", Engine, Tokenizer, template);
    }

    public static ChatTemplate Llama31 => ChatTemplates.ByName("llama3.1");

    /// <summary>ChatML with tools as Hermes has them.</summary>
    public static ChatTemplate Hermes { get; } = new JinjaChatTemplate("hermes",
        "{% if tools %}<|im_start|>system\n{% for t in tools %}{{ t | tojson }}{% endfor %} answer in <tool_call><|im_end|>\n{% endif %}"
        + "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% if m.tool_calls %}{% for c in m.tool_calls %}<tool_call>{{ c.function | tojson }}</tool_call>{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
        + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}");

    public static ChatTemplate Mistral { get; } = new JinjaChatTemplate("mistral-tools",
        "{{ bos_token }}{% if tools %}[AVAILABLE_TOOLS] {{ tools | tojson }}[/AVAILABLE_TOOLS]{% endif %}"
        + "{% for m in messages %}{% if m.tool_calls %}[TOOL_CALLS] {{ m.tool_calls | tojson }}{{ eos_token }}{% elif m.role == 'assistant' %}{{ m.content }}{{ eos_token }}{% else %}[INST] {{ m.content }}[/INST]{% endif %}{% endfor %}");

    /// <summary>As Mistral's later templates write calls; the vocabulary has no symbol for the mark, so it is spelled.</summary>
    public static ChatTemplate MistralMarked { get; } = new JinjaChatTemplate("mistral-marked",
        "{{ bos_token }}{% if tools %}[AVAILABLE_TOOLS] {{ tools | tojson }}[/AVAILABLE_TOOLS]{% endif %}"
        + "{% for m in messages %}{% if m.tool_calls %}{% for c in m.tool_calls %}[TOOL_CALLS]{{ c.function.name }}[ARGS]{{ c.function.arguments | tojson }}{% endfor %}{{ eos_token }}"
        + "{% elif m.role == 'assistant' %}{{ m.content }}{{ eos_token }}{% else %}[INST] {{ m.content }}[/INST]{% endif %}{% endfor %}");

    public Tokenizer Tokenizer { get; }

    public ScriptedEngine Engine { get; }

    public LlamaModel Model { get; }

    /// <summary>The prompt of the latest call and what was said of the answer, control symbols spelled out.</summary>
    public string Seen => string.Concat(Engine.Seen.Select(id => Tokenizer.IdToPiece(id).Replace('\u2581', ' ')));

    public Scripted Says(string answer)
    {
        Engine.Answer = Tokenizer.Encode(answer, new EncodeOptions(ParseSpecial: true));
        return this;
    }

    public void Dispose() => Model.Dispose();
}
