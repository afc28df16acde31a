namespace Puna.Hub;

/// <summary>Which hub is asked, as whom, and how patiently.</summary>
/// <param name="Endpoint">The hub's address, without a slash at its end.</param>
/// <param name="Hosts">Who may be asked besides.</param>
public sealed record HubOptions(Uri Endpoint, AllowedHosts Hosts)
{
    /// <summary>The hub where none is named.</summary>
    public const string DefaultEndpoint = "https://huggingface.co";

    /// <summary>Proves who asks; null for anybody. Sent to <see cref="Endpoint"/> alone.</summary>
    public HubToken? Token { get; init; }

    /// <summary>Whether nothing may be asked at all (HF_HUB_OFFLINE).</summary>
    public bool IsOffline { get; init; }

    /// <summary>Whether the endpoint is a hub, whose refusals can be about tokens; false for a mere publisher of files.</summary>
    internal bool IsHub { get; init; } = true;

    /// <summary>How often and when a request is repeated.</summary>
    public RetryPolicy Retry { get; init; } = new();

    /// <summary>Options as the command line and the environment have them: HF_ENDPOINT, HF_HUB_OFFLINE and the token (<see cref="TokenLocator"/>).</summary>
    /// <param name="endpoint">The hub that the command line names; null for the environment's.</param>
    /// <param name="allowHosts">Further hosts that the command line allows.</param>
    /// <param name="variable">Gives the environment's variables.</param>
    /// <param name="folder">The folder whose <c>.env</c> may hold a token. The endpoint is never read from there: who writes that file must not learn another token.</param>
    /// <exception cref="InvalidDataException">Endpoint, hosts or token are malformed.</exception>
    public static HubOptions From(string? endpoint, IReadOnlyList<string> allowHosts, Func<string, string?> variable, string folder)
    {
        var (given, name) = endpoint is not null ? (endpoint, "--endpoint") : variable("HF_ENDPOINT") is { Length: > 0 } set ? (set, "HF_ENDPOINT") : (DefaultEndpoint, "");
        if (!Uri.TryCreate(given.TrimEnd('/'), UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Host.Length == 0 || address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
            throw new InvalidDataException($"{name} {HubText.Clean(WithoutUser(given))}: use the address of a hub, as in {DefaultEndpoint}");
        var own = address.IsDefaultPort ? address.Host : address.Authority;
        var hosts = new AllowedHosts([own, .. AllowedHosts.HuggingFace, .. allowHosts]);
        hosts.Require(address, $"{name} names");
        return new HubOptions(address, hosts) { Token = TokenLocator.Find(variable, folder), IsOffline = IsTrue(variable("HF_HUB_OFFLINE")) };
    }

    /// <summary>What huggingface_hub takes for true.</summary>
    internal static bool IsTrue(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    /// <summary>An address below the endpoint.</summary>
    /// <param name="path">Begins with a slash, escaped.</param>
    internal Uri At(string path) => new(Endpoint.AbsoluteUri.TrimEnd('/') + path);

    /// <summary>Whether an address is the endpoint's own, so that it may see the token.</summary>
    internal bool IsOwn(Uri address) => address.Scheme == Endpoint.Scheme && address.Port == Endpoint.Port && address.IdnHost.Equals(Endpoint.IdnHost, StringComparison.OrdinalIgnoreCase);

    private static string WithoutUser(string given) => given.LastIndexOf('@') is >= 0 and var at ? "…" + given[at..] : given;
}
