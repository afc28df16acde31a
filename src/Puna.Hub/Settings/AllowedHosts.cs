namespace Puna.Hub;

/// <summary>
/// The hosts that may be asked, whoever names them: a redirect, a link to the next page or an address for an upload leads nowhere else. Only https, and http on this
/// machine's own loopback.
/// </summary>
public sealed class AllowedHosts
{
    /// <summary>
    /// Hugging Face's own: the hub, its storage and content networks (hub-docs lists <c>*.hf.co</c> and <c>*.huggingface.co</c>), and the bucket that takes LFS uploads.
    /// </summary>
    public static readonly IReadOnlyList<string> HuggingFace = ["huggingface.co", "*.huggingface.co", "hf.co", "*.hf.co", "hf-hub-lfs-us-east-1.s3-accelerate.amazonaws.com"];

    private readonly string[] _patterns;

    /// <summary>Hosts by pattern.</summary>
    /// <param name="patterns"><c>host</c> (at its scheme's usual port), <c>host:port</c>, or <c>*.host</c> for all below it.</param>
    /// <exception cref="InvalidDataException">One of them is not of that form.</exception>
    public AllowedHosts(IEnumerable<string> patterns)
    {
        _patterns = [.. patterns.Select(pattern => pattern.ToLowerInvariant())];
        foreach (var pattern in _patterns)
        {
            var host = pattern.StartsWith("*.", StringComparison.Ordinal) ? pattern[2..] : pattern;
            if (!Uri.TryCreate($"https://{host}/", UriKind.Absolute, out var address) || address.AbsolutePath != "/" || address.UserInfo.Length > 0 || host.Any("/?#@*\\ ".Contains))
                throw new InvalidDataException($"--allow-host {pattern}: use a host, as in cdn.example.org, host:port or *.example.org");
        }
    }

    /// <summary>Refuses an address that may not be asked.</summary>
    /// <param name="address">The address.</param>
    /// <param name="why">Who names it, for the sentence.</param>
    /// <exception cref="InvalidDataException">Its scheme or its host is not allowed.</exception>
    internal void Require(Uri address, string why)
    {
        var host = address.IsDefaultPort ? address.Host : address.Authority;
        if (address.Scheme != Uri.UriSchemeHttps && !(address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
            throw new InvalidDataException($"{why} {HubText.Clean($"{address.Scheme}://{host}")}, which is not https; only this machine itself may be asked without");
        if (address.UserInfo.Length > 0) throw new InvalidDataException($"{why} {HubText.Clean(host)} with a name or password in the address, which is not followed");
        if (!Allows(address)) throw new InvalidDataException($"{why} {HubText.Clean(host)}, which is not among the allowed hosts ({string.Join(", ", _patterns)}); if it is right, allow it with --allow-host {HubText.Clean(host)}");
    }

    private bool Allows(Uri address)
    {
        var host = (address.HostNameType == UriHostNameType.IPv6 ? address.Host : address.IdnHost).ToLowerInvariant();
        return _patterns.Any(pattern => pattern.StartsWith("*.", StringComparison.Ordinal)
            ? address.IsDefaultPort && host.EndsWith(pattern[1..], StringComparison.Ordinal) && host.Length > pattern.Length - 1
            : pattern == (address.IsDefaultPort ? host : $"{host}:{address.Port}") || pattern == $"{host}:{address.Port}");
    }
}
