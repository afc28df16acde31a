using Microsoft.Extensions.AI;

namespace Puna.Inference;

/// <summary>The members of <see cref="ChatOptions"/> that this client cannot honour, each with the sentence that says so.</summary>
internal static class UnservedChatOptions
{
    /// <exception cref="InvalidDataException">One of them is set.</exception>
    public static void Refuse(ChatOptions options)
    {
        RefuseConstraints(options);
        if (options.ConversationId is { } conversation) throw new InvalidDataException($"ChatOptions.ConversationId is '{conversation}', and this client keeps no conversations: send all messages with each call and leave it null (what a call shares with an earlier one is not computed again)");
        if (options.Reasoning is { } reasoning && (reasoning.Effort is not null || reasoning.Output is not null))
            throw new InvalidDataException("ChatOptions.Reasoning is set, and how much a model reasons is a matter of its chat template here: leave it null and set AdditionalProperties[\"chat_template_kwargs\"] as the model's card says");
#pragma warning disable MEAI001 // looked at only to be refused
        if (options.AllowBackgroundResponses == true) throw new InvalidDataException("ChatOptions.AllowBackgroundResponses is true, and this client answers in the foreground only; leave it null");
        if (options.ContinuationToken is not null) throw new InvalidDataException("ChatOptions.ContinuationToken is set, and this client makes none; leave it null");
#pragma warning restore MEAI001
    }

    /// <summary>What would hold an answer to a form that this client does not know.</summary>
    private static void RefuseConstraints(ChatOptions options)
    {
        if (options.ResponseFormat is not (null or ChatResponseFormatText or ChatResponseFormatJson)) throw new InvalidDataException($"ChatOptions.ResponseFormat is a {options.ResponseFormat.GetType().Name}, which this client does not know; leave it null");
        if (options.ToolMode is not (null or AutoChatToolMode or NoneChatToolMode or RequiredChatToolMode)) throw new InvalidDataException($"ChatOptions.ToolMode is a {options.ToolMode.GetType().Name}, which this client does not know; use ChatToolMode.Auto, None, RequireAny or RequireSpecific");
    }
}
