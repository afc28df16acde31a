using Puna.Text;

namespace Puna.Inference;

/// <summary>How a prompt is meant.</summary>
public enum PromptStyle
{
    /// <summary>As a user's message where the model has a chat template, as text otherwise.</summary>
    Auto,

    /// <summary>As a user's message.</summary>
    Chat,

    /// <summary>As text to continue.</summary>
    Raw,
}

/// <summary>A prompt as the model reads it.</summary>
/// <param name="Ids">Its ids.</param>
/// <param name="StopIds">Ids that end the answer; empty for the model's own.</param>
public sealed record PromptRequest(IReadOnlyList<int> Ids, IReadOnlyList<int> StopIds)
{
    /// <summary>Whether it is a message to be answered, not text to be continued.</summary>
    public bool IsMessage => StopIds.Count > 0;

    /// <summary>The answer or the continuation, piece by piece; an answer comes without white space around it.</summary>
    /// <param name="generator">Of the model.</param>
    /// <param name="sampling">How tokens are chosen.</param>
    /// <param name="limits">When to stop, besides the request's own stop ids.</param>
    /// <param name="cancellation">Stops after the present token.</param>
    /// <exception cref="InvalidDataException">The prompt is too long for the context.</exception>
    public IEnumerable<string> Stream(TextGenerator generator, SamplingOptions sampling, GenerationOptions limits, CancellationToken cancellation = default)
    {
        var pieces = generator.Stream(Ids, sampling, Limits(generator, limits), cancellation);
        return IsMessage ? AnswerText.Trim(pieces) : pieces;
    }

    /// <summary>The whole answer or continuation by way of a service, beside whatever else that has to do; an answer comes without white space around it.</summary>
    /// <param name="service">On the generator's engine, which nobody else uses in the meantime.</param>
    /// <param name="generator">Of the model.</param>
    /// <param name="sampling">How tokens are chosen.</param>
    /// <param name="limits">When to stop, besides the request's own stop ids.</param>
    /// <param name="cancellation">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidDataException">The prompt is too long for the context.</exception>
    public async Task<Sample> DrawAsync(ITokenService service, TextGenerator generator, SamplingOptions sampling, GenerationOptions limits, CancellationToken cancellation = default)
    {
        var tokenizer = generator.Model.Tokenizer!;
        var wanted = new TokenRequest { Prompt = Ids, Tokenizer = tokenizer, Sampling = sampling, Limits = Limits(generator, limits) };
        var sample = await TextStream.WholeAsync(service, tokenizer, wanted, cancellation).ConfigureAwait(false);
        return IsMessage ? sample with { Text = sample.Text.Trim() } : sample;
    }

    /// <summary>Says no where it leaves no room for an answer, or where the vocabulary cannot express a grammar; generating says the same, when its turn comes.</summary>
    /// <exception cref="InvalidDataException">It is empty, or has as many tokens as the context or more; the message has both counts. Or no text of the vocabulary satisfies the grammar.</exception>
    public void Require(TextGenerator generator, GenerationOptions limits)
    {
        PromptRoom.Require(Ids.Count, generator.Generator.ContextLength);
        limits.Grammar?.Compile(generator.Model.Tokenizer!, Limits(generator, limits).StopIds);
    }

    /// <summary>Limits with the ids that end this answer: a message's own; else those asked for, or the model's.</summary>
    internal GenerationOptions Limits(TextGenerator generator, GenerationOptions limits) => limits with { StopIds = IsMessage ? StopIds : limits.StopIds.Count > 0 ? limits.StopIds : generator.EndIds };

    /// <summary>Encodes a prompt, by the model's chat template or as plain text with BOS as the model says.</summary>
    /// <param name="generator">Of the model.</param>
    /// <param name="prompt">The text or message.</param>
    /// <param name="style">How it is meant.</param>
    /// <param name="system">A system message, for chat only.</param>
    /// <exception cref="InvalidDataException">A chat without a template, with one that this build cannot run, or without a message; or a prompt that the template cannot hold.</exception>
    public static PromptRequest Make(TextGenerator generator, string prompt, PromptStyle style = PromptStyle.Auto, string? system = null)
    {
        var template = style == PromptStyle.Raw ? null : generator.Model.TemplateForChat();
        if (template is null)
        {
            if (style == PromptStyle.Chat) throw new InvalidDataException("the model has no chat template (no chat_template in tokenizer_config.json), so there is no way to put a message to it; leave --chat out to continue the text");
            if (system is not null) throw new InvalidDataException("a system message needs a chat template, and the prompt is plain text; leave --system out");
            return new PromptRequest(generator.Encode(prompt), []);
        }
        if (string.IsNullOrWhiteSpace(prompt)) throw new InvalidDataException("the message is empty, and a model with a chat template answers messages; give --prompt TEXT");
        ChatTurn[] turns = system is null ? [new ChatTurn("user", prompt)] : [new ChatTurn("system", system), new ChatTurn("user", prompt)];
        var tokenizer = generator.Model.Tokenizer!;
        return new PromptRequest(template.Encode(tokenizer, turns, addGenerationPrompt: true).Ids, generator.AnswerEndIds(template));
    }
}
