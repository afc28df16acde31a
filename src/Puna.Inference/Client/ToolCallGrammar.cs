using System.Text.Json;
using Microsoft.Extensions.AI;
using Puna.Text;

namespace Puna.Inference;

/// <summary>What an answer must be that has to call functions, or else to satisfy a schema: calls in the syntax of the model's template, their arguments as the functions' schemas say, and no other text.</summary>
internal sealed class ToolCallGrammar
{
    private readonly Grammar _grammar = new("calls of ChatOptions.Tools");
    private readonly JsonText _json;
    private readonly Tokenizer _tokenizer;

    private ToolCallGrammar(Tokenizer tokenizer) => (_json, _tokenizer) = (new JsonText(_grammar), tokenizer);

    /// <summary>The grammar of one call or several.</summary>
    /// <param name="tools">The functions that may be called, at least one.</param>
    /// <param name="template">Shows the syntax.</param>
    /// <param name="tokenizer">Of the model: the syntax' control symbols where it has them, else they are spelled.</param>
    /// <param name="oneCall">Whether there is one call at most; Llama 3.1's syntax has but one anyway.</param>
    /// <param name="answer">A JSON schema that an answer without calls must satisfy; null where there must be a call.</param>
    /// <param name="answerName">What errors call that schema.</param>
    /// <exception cref="InvalidDataException">A schema is not supported, or nothing satisfies it; the function is named.</exception>
    public static OutputGrammar Of(IReadOnlyList<AIFunctionDeclaration> tools, ChatTemplate template, Tokenizer tokenizer, bool oneCall, string? answer = null, string answerName = "")
    {
        var maker = new ToolCallGrammar(tokenizer);
        var most = oneCall ? 1 : Grammar.Unlimited;
        var calls = ToolCallSyntaxes.Of(template) switch
        {
            ToolCallSyntax.Tags => maker.Tags(tools, most),
            ToolCallSyntax.Mistral => ToolCallSyntaxes.HasArgumentsMark(template) ? maker.Marked(tools, most) : maker.Array(tools, most),
            _ => maker.AnyCall(tools, "parameters"),
        };
        maker._grammar.Root = answer is null ? calls : maker._grammar.Choice(calls, maker.Satisfiable(answer, answerName, objectsOnly: false));
        return OutputGrammar.Of(maker._grammar);
    }

    private GrammarNode Tags(IReadOnlyList<AIFunctionDeclaration> tools, int most)
    {
        var call = _grammar.Sequence(Symbol(ToolCallSyntaxes.Open), _json.Space, AnyCall(tools, "arguments"), _json.Space, Symbol(ToolCallSyntaxes.Close));
        return _grammar.Sequence(call, _grammar.Repeat(_grammar.Sequence(_json.Space, call), 0, Further(most)));
    }

    private GrammarNode Array(IReadOnlyList<AIFunctionDeclaration> tools, int most)
    {
        var call = AnyCall(tools, "arguments");
        var calls = _grammar.Sequence(call, _grammar.Repeat(_json.Next(call), 0, Further(most)));
        return _grammar.Sequence(Symbol(ToolCallSyntaxes.Calls), _grammar.Optional(_grammar.Literal(" ")), _json.Bracketed("[", calls, "]", canBeEmpty: false));
    }

    /// <summary>A name, a mark and the arguments.</summary>
    private GrammarNode Marked(IReadOnlyList<AIFunctionDeclaration> tools, int most)
    {
        var (start, mark) = (Symbol(ToolCallSyntaxes.Calls), Symbol(ToolCallSyntaxes.Arguments));
        var call = _grammar.Choice([.. tools.Select(tool => _grammar.Sequence(start, _grammar.Literal(tool.Name), mark, ArgumentsOf(tool)))]);
        return _grammar.Sequence(call, _grammar.Repeat(call, 0, Further(most)));
    }

    /// <summary>An object with the name of a function and its arguments.</summary>
    private GrammarNode AnyCall(IReadOnlyList<AIFunctionDeclaration> tools, string argumentsKey) => _grammar.Choice([.. tools.Select(tool => _json.Bracketed("{", _grammar.Sequence(
        _json.Member(_grammar.Literal(JsonText.Quote("name")), _grammar.Literal(JsonText.Quote(tool.Name))),
        _json.Next(_json.Member(_grammar.Literal(JsonText.Quote(argumentsKey)), ArgumentsOf(tool)))), "}", canBeEmpty: false))]);

    private GrammarNode ArgumentsOf(AIFunctionDeclaration tool)
    {
        if (TakesNothing(tool.JsonSchema)) return _json.Bracketed("{", null, "}", canBeEmpty: true);
        return Satisfiable(tool.JsonSchema.GetRawText(), $"ChatOptions.Tools, the schema of the function '{tool.Name}'", objectsOnly: true);
    }

    /// <summary>A schema as a part of the grammar. Alone first: in a choice, what nothing satisfies would be left out in silence.</summary>
    private GrammarNode Satisfiable(string schema, string name, bool objectsOnly)
    {
        var alone = new Grammar(name);
        alone.Root = JsonSchemaCompiler.Add(alone, new JsonText(alone), schema, name, objectsOnly);
        GrammarAnalysis.Complete(alone, $"no {(objectsOnly ? "object" : "value")} satisfies the schema");
        return JsonSchemaCompiler.Add(_grammar, _json, schema, name, objectsOnly);
    }

    /// <summary>Whether a function has no parameters. Its schema then takes any object; an empty one is what is meant.</summary>
    private static bool TakesNothing(JsonElement schema) => schema.ValueKind != JsonValueKind.Object || schema.EnumerateObject().All(member => member.Name switch
    {
        "title" or "description" or "$schema" or "$comment" => true,
        "type" => member.Value.ValueKind == JsonValueKind.String && member.Value.ValueEquals("object"),
        "properties" => member.Value.ValueKind == JsonValueKind.Object && !member.Value.EnumerateObject().Any(),
        "required" => member.Value.ValueKind == JsonValueKind.Array && member.Value.GetArrayLength() == 0,
        "additionalProperties" => member.Value.ValueKind == JsonValueKind.False,
        _ => false,
    });

    /// <summary>A control symbol where the vocabulary has it, else its letters.</summary>
    private GrammarNode Symbol(string symbol) => _tokenizer.TryGetId(symbol, out var id) && _tokenizer.IsControl(id) ? _grammar.Symbol(id) : _grammar.Literal(symbol);

    private static int Further(int most) => most == Grammar.Unlimited ? Grammar.Unlimited : most - 1;
}
