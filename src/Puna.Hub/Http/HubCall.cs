namespace Puna.Hub;

/// <summary>One request, which may be sent several times.</summary>
/// <param name="Method">GET, POST or PUT.</param>
/// <param name="Address">Where to.</param>
/// <param name="Subject">What it is about, for sentences: «owner/name», a file.</param>
internal sealed record HubCall(HttpMethod Method, Uri Address, string Subject)
{
    /// <summary>Headers besides our own.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Makes the body anew for each attempt. What it is given says that bytes move, so that the connection is not taken for dead.</summary>
    public Func<Action, HttpContent>? Body { get; init; }

    /// <summary>Whether the token goes with it where the address is the endpoint's.</summary>
    public bool IsAuthorized { get; init; } = true;

    /// <summary>Whether it may be sent again after an answer or a silence that says nothing about whether it was done.</summary>
    public bool IsRepeatable { get; init; } = true;
}
