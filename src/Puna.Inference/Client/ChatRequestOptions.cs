using System.Text.Json;
using Microsoft.Extensions.AI;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// <see cref="ChatOptions"/> in this library's words. Every member is honoured or refused with a sentence; none is passed over.
/// </summary>
/// <param name="Sampling">How tokens are chosen.</param>
/// <param name="Limits">When to stop; stop ids are still to come from the template.</param>
/// <param name="Tools">The functions that the model is told of; none where there are none or none may be called.</param>
/// <param name="Inputs">What the template gets besides the messages.</param>
/// <param name="Instructions">A system message for this call, or null.</param>
/// <param name="OneCall">Whether at most one call may come back.</param>
internal sealed record ChatRequestOptions(SamplingOptions Sampling, GenerationOptions Limits, IReadOnlyList<AIFunctionDeclaration> Tools, ChatInputs Inputs, string? Instructions, bool OneCall)
{
    private static readonly Dictionary<string, Func<SamplingOptions, string, object?, SamplingOptions>> SamplingProperties = new()
    {
        ["min_p"] = (options, name, value) => options with { MinP = PropertyValue.Number(name, value) },
        ["typical_p"] = (options, name, value) => options with { TypicalP = PropertyValue.Number(name, value) },
        ["min_keep"] = (options, name, value) => options with { MinimumKept = PropertyValue.Whole(name, value) },
        ["repetition_penalty"] = (options, name, value) => options with { RepetitionPenalty = PropertyValue.Number(name, value) },
        ["penalty_window"] = (options, name, value) => options with { PenaltyWindow = PropertyValue.Whole(name, value) },
        ["top_n_sigma"] = (options, name, value) => options with { TopNSigma = PropertyValue.Number(name, value) },
        ["xtc_probability"] = (options, name, value) => options with { XtcProbability = PropertyValue.Number(name, value) },
        ["xtc_threshold"] = (options, name, value) => options with { XtcThreshold = PropertyValue.Number(name, value) },
        ["dry_multiplier"] = (options, name, value) => options with { DryMultiplier = PropertyValue.Number(name, value) },
        ["dry_base"] = (options, name, value) => options with { DryBase = PropertyValue.Number(name, value) },
        ["dry_allowed_length"] = (options, name, value) => options with { DryAllowedLength = PropertyValue.Whole(name, value) },
        ["dry_window"] = (options, name, value) => options with { DryWindow = PropertyValue.Whole(name, value) },
        ["samplers"] = (options, name, value) => options with { Samplers = PropertyValue.Text(name, value) },
    };

    private const string TemplateVariables = "chat_template_kwargs";

    /// <summary>Reads options.</summary>
    /// <param name="model">Of the call.</param>
    /// <param name="template">Of the model.</param>
    /// <param name="client">Given to the caller's factory.</param>
    /// <param name="options">What the caller says; null for nothing.</param>
    /// <exception cref="InvalidDataException">Something cannot be honoured, or is out of range.</exception>
    public static ChatRequestOptions Of(LlamaModel model, ChatTemplate template, IChatClient client, ChatOptions? options)
    {
        options ??= new ChatOptions();
        UnservedChatOptions.Refuse(options);
        ModelNames.Require(model, options.ModelId);
        var raw = options.RawRepresentationFactory?.Invoke(client);
        var sampling = RawOptions.Of(raw, model.DefaultSampling, "ChatOptions.RawRepresentationFactory");
        sampling = sampling with
        {
            Temperature = options.Temperature is { } temperature ? PropertyValue.Widen(temperature) : sampling.Temperature,
            TopP = options.TopP is { } p ? PropertyValue.Widen(p) : sampling.TopP,
            TopK = options.TopK ?? sampling.TopK,
            FrequencyPenalty = options.FrequencyPenalty is { } frequency ? PropertyValue.Widen(frequency) : sampling.FrequencyPenalty,
            PresencePenalty = options.PresencePenalty is { } presence ? PropertyValue.Widen(presence) : sampling.PresencePenalty,
            Seed = options.Seed ?? (raw is null ? LlamaModel.NewSeed() : sampling.Seed),
        };
        var variables = new Dictionary<string, JsonElement>();
        foreach (var (name, value) in options.AdditionalProperties ?? new AdditionalPropertiesDictionary())
        {
            if (SamplingProperties.TryGetValue(name, out var set)) sampling = set(sampling, name, value);
            else if (name == TemplateVariables) variables = Variables(value);
            else if (!AnswerForm.Properties.Contains(name)) throw new InvalidDataException($"ChatOptions.AdditionalProperties has '{name}', which this client does not know; it knows {string.Join(", ", SamplingProperties.Keys.Concat(AnswerForm.Properties))}, {TemplateVariables}");
        }
        if (options.MaxOutputTokens < 1) throw new InvalidDataException($"ChatOptions.MaxOutputTokens is {options.MaxOutputTokens}; it must be at least 1");
        SamplingRange.Require(sampling); // an error now, not behind a queue
        var stops = options.StopSequences?.ToArray() ?? [];
        _ = new StopSequences(stops);
        var tools = ToolDeclarations.Of(options);
        var grammar = AnswerForm.Of(options, tools, template, model.Tokenizer);
        var inputs = new ChatInputs { Tools = tools.Count > 0 ? ToolDeclarations.Json(tools) : null, Variables = variables };
        return new ChatRequestOptions(sampling, new GenerationOptions { MaxOutputTokens = options.MaxOutputTokens, StopSequences = stops, Grammar = grammar }, tools, inputs,
            string.IsNullOrWhiteSpace(options.Instructions) ? null : options.Instructions, options.AllowMultipleToolCalls == false);
    }

    private static Dictionary<string, JsonElement> Variables(object? value) => value switch
    {
        JsonElement { ValueKind: JsonValueKind.Object } json => json.EnumerateObject().GroupBy(member => member.Name).ToDictionary(members => members.Key, members => members.Last().Value.Clone()), // of a name given twice the last, as JSON readers do
        IDictionary<string, object?> members => members.ToDictionary(member => member.Key, member => JsonParts.Element(member.Value)),
        _ => throw PropertyValue.Wrong(TemplateVariables, value, "a JSON object or a dictionary"),
    };
}
