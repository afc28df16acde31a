namespace Puna.Text;

/// <summary>How a conversation is written for a model. The same object serves fine-tuning and chatting, so both see the same ids.</summary>
public abstract class ChatTemplate
{
    /// <summary>Short name, as used on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>The template in the language that Hugging Face stores as <c>chat_template</c> in tokenizer_config.json.</summary>
    public abstract string JinjaSource { get; }

    /// <summary>A conversation as ids, with the answers marked.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="turns">The conversation from its beginning.</param>
    /// <param name="addGenerationPrompt">End where the assistant begins to speak, for generating an answer.</param>
    /// <exception cref="InvalidDataException">The tokenizer lacks a symbol of this template, or the turns cannot be written in it.</exception>
    public abstract EncodedChat Encode(Tokenizer tokenizer, IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt);

    /// <summary>The ids after which an answer is over.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <returns>At least one id.</returns>
    /// <exception cref="InvalidDataException">The tokenizer lacks a symbol of this template.</exception>
    public abstract IReadOnlyList<int> StopIds(Tokenizer tokenizer);

    private protected int Symbol(Tokenizer tokenizer, string piece)
    {
        if (tokenizer.TryGetId(piece, out var id) && tokenizer.IsControl(id)) return id;
        throw new InvalidDataException($"The chat template {Name} needs the control symbol {piece}, which the tokenizer of {tokenizer.VocabularySize} pieces does not have; train the tokenizer with it, or choose another template.");
    }
}
