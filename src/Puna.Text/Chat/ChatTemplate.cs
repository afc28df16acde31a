namespace Puna.Text;

/// <summary>How a conversation is written for a model. The same object serves fine-tuning and chatting, so both see the same ids.</summary>
public abstract class ChatTemplate
{
    /// <summary>Short name, as used on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>The template in the language that Hugging Face stores as <c>chat_template</c> in tokenizer_config.json.</summary>
    public abstract string JinjaSource { get; }

    /// <summary>Templates for special uses beside it, by name, such as <c>tool_use</c>.</summary>
    public virtual IReadOnlyDictionary<string, string> OtherSources => new Dictionary<string, string>();

    /// <summary>The special tokens as the template sees them.</summary>
    public virtual ChatTokens Tokens => ChatTokens.OfTokenizer;

    /// <summary>A conversation as ids, with the answers marked.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="turns">The conversation from its beginning.</param>
    /// <param name="addGenerationPrompt">End where the assistant begins to speak, for generating an answer.</param>
    /// <param name="inputs">Tools and more; null for none.</param>
    /// <exception cref="InvalidDataException">The tokenizer lacks a symbol of this template, or the turns cannot be written in it.</exception>
    public abstract EncodedChat Encode(Tokenizer tokenizer, IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt, ChatInputs? inputs = null);

    /// <summary>A conversation as the template writes it: the text that <see cref="Encode"/> makes ids of.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="turns">The conversation from its beginning.</param>
    /// <param name="addGenerationPrompt">End where the assistant begins to speak.</param>
    /// <param name="inputs">Tools and more; null for none.</param>
    /// <exception cref="InvalidDataException">The turns cannot be written in this template.</exception>
    public abstract string Render(Tokenizer tokenizer, IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt, ChatInputs? inputs = null);

    /// <summary>The ids after which an answer is over.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <returns>At least one id.</returns>
    /// <exception cref="InvalidDataException">The tokenizer lacks a symbol of this template.</exception>
    public abstract IReadOnlyList<int> StopIds(Tokenizer tokenizer);
}
