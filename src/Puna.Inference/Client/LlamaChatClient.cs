using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// A model as a chat client. It keeps nothing of a conversation (send all messages each time; what they share with an earlier call is not computed again), calls no
/// functions itself (calls come back as <see cref="FunctionCallContent"/>), and does not own the model. Any thread may call it, also while others do. It never changes the messages
/// or options it is given. Every member of <see cref="ChatOptions"/> is honoured or refused with an <see cref="InvalidDataException"/>.
/// </summary>
public sealed class LlamaChatClient : IChatClient
{
    private readonly LlamaModel _model;
    private readonly ITokenService _service;
    private readonly ChatTemplate _template;
    private readonly ChatClientMetadata _metadata;
    private readonly int[] _stopIds;

    /// <exception cref="InvalidDataException">The model has no chat template, or one that this build cannot run.</exception>
    internal LlamaChatClient(LlamaModel model, ITokenService service)
    {
        _template = model.ChatTemplate ?? throw new InvalidDataException($"the model {model.Name} has no chat template, so there is no way to put messages to it; name one in LlamaModelOptions.ChatTemplate, or continue text with LlamaModel.GenerateAsync");
        (_model, _service) = (model, service);
        _metadata = new ChatClientMetadata("puna", null, model.Name);
        _stopIds = [.. _template.StopIds(model.Tokenizer).Union(model.Config.EosTokenIds)];
    }

    /// <summary>The whole answer: what <see cref="GetStreamingResponseAsync"/> says, put together.</summary>
    /// <param name="messages">The conversation from its beginning.</param>
    /// <param name="options">What is wanted; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="InvalidDataException">An option or a message cannot be honoured, or the conversation leaves no room in the context (the sentence has both counts).</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <summary>The answer, piece by piece: text as it is written, then the calls of functions, then reason of the end and usage.</summary>
    /// <param name="messages">As for <see cref="GetResponseAsync"/>.</param>
    /// <param name="options">As there.</param>
    /// <param name="cancellationToken">As there.</param>
    /// <exception cref="InvalidDataException">As there.</exception>
    /// <exception cref="OperationCanceledException">As there.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var chosen = ChatRequestOptions.Of(_model, _template, this, options);
        var request = Request(MessageTurns.Of(messages, chosen.Instructions), chosen);
        var calls = chosen.Tools.Count > 0 ? new ToolCallReader(ToolCallSyntaxes.Of(_template), [.. chosen.Tools.Select(tool => tool.Name)]) : null;
        var (id, created, answer) = (Guid.NewGuid().ToString("N"), DateTimeOffset.UtcNow, new AnswerText());
        await foreach (var piece in TextStream.Of(_service, _model.Tokenizer, request, calls is null ? null : ToolCallSyntaxes.Symbols, null, cancellationToken).ConfigureAwait(false))
        {
            var text = answer.Push(calls?.Push(piece) ?? piece);
            if (text.Length > 0) yield return Update(new TextContent(text));
            if (chosen.OneCall && calls?.Found.Count > 0) break;
        }
        var rest = answer.Push(calls?.Finish() ?? "");
        if (rest.Length > 0) yield return Update(new TextContent(rest));
        var found = calls?.Found.Take(chosen.OneCall ? 1 : int.MaxValue).ToArray() ?? [];
        if (found.Length > 0) yield return Update([.. found]);
        var last = Update(new UsageContent(Usage(request.Statistics)));
        last.MessageId = null; // these are figures of the response, not of the message
        var isCut = request.Statistics.FinishReason == FinishReason.Length && (found.Length == 0 || (rest.Length > 0 && !chosen.OneCall)); // within a call, perhaps behind whole ones
        last.FinishReason = isCut ? ChatFinishReason.Length : found.Length > 0 ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop;
        last.AdditionalProperties = new AdditionalPropertiesDictionary
        {
            ["seed"] = request.Sampling.Seed,
            ["prompt_seconds"] = request.Statistics.PromptSeconds,
            ["tokens_per_second"] = request.Statistics.TokensPerSecond,
        };
        yield return last;

        ChatResponseUpdate Update(params AIContent[] contents) => new(ChatRole.Assistant, [.. contents]) { ResponseId = id, MessageId = id, ModelId = _model.Name, CreatedAt = created };
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        object?[] offered = [this, _metadata, _model, _model.Tokenizer, _template, _model.Engine];
        return serviceKey is null ? Array.Find(offered, serviceType.IsInstanceOfType) : null;
    }

    /// <summary>Does nothing: the model belongs to whoever loaded it.</summary>
    public void Dispose()
    {
    }

    private TokenRequest Request(IReadOnlyList<ChatTurn> turns, ChatRequestOptions chosen)
    {
        if (chosen.Tools.Count > 0) RequireTools(turns, chosen);
        var ids = _template.Encode(_model.Tokenizer, turns, addGenerationPrompt: true, chosen.Inputs).Ids;
        if (ids.Length >= _model.ContextLength) throw new InvalidDataException($"the conversation has {ids.Length} tokens, the context {_model.ContextLength}: leave older messages out or shorten them");
        return new TokenRequest { Prompt = ids, Tokenizer = _model.Tokenizer, Sampling = chosen.Sampling, Limits = chosen.Limits with { StopIds = _stopIds } };
    }

    /// <summary>A template that writes no tools would leave them out in silence.</summary>
    private void RequireTools(IReadOnlyList<ChatTurn> turns, ChatRequestOptions chosen)
    {
        var text = _template.Render(_model.Tokenizer, turns, addGenerationPrompt: true, chosen.Inputs);
        if (chosen.Tools.FirstOrDefault(tool => !text.Contains(tool.Name, StringComparison.Ordinal)) is { } missing)
            throw new InvalidDataException($"ChatOptions.Tools has '{missing.Name}', and the chat template {_template.Name} of the model {_model.Name} writes no tools; leave them out, or take a model that was taught to call functions");
    }

    private static UsageDetails Usage(GenerationStatistics statistics) => new()
    {
        InputTokenCount = statistics.PromptTokens,
        CachedInputTokenCount = statistics.CachedTokens,
        OutputTokenCount = statistics.GeneratedTokens,
        TotalTokenCount = statistics.PromptTokens + statistics.GeneratedTokens,
    };
}
