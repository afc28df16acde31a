namespace Puna.Text;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, for Llama 3 also <c>ipython</c> (a tool's result).</param>
/// <param name="Content">What is said. It is never parsed for special symbols.</param>
public sealed record ChatTurn(string Role, string Content);
