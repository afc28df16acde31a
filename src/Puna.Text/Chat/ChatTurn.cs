using System.Text.Json;

namespace Puna.Text;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>; for some templates also <c>tool</c>, <c>ipython</c> or <c>input</c>.</param>
/// <param name="Content">What is said. It is never parsed for special symbols.</param>
public sealed record ChatTurn(string Role, string Content)
{
    /// <summary>A JSON object with what else the message has, such as <c>tool_calls</c>, as a template finds it beside role and content; null for nothing.</summary>
    public JsonElement? Fields { get; init; }
}
