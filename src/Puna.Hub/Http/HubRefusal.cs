namespace Puna.Hub;

/// <summary>Turns a hub's refusal into a sentence: X-Error-Code says which kind, X-Error-Message and the body say more.</summary>
internal static class HubRefusal
{
    private const int MostBytes = 1 << 16;

    /// <summary>Throws where the answer is not a success.</summary>
    /// <exception cref="InvalidDataException">What was asked for is not there, or not for this token.</exception>
    /// <exception cref="IOException">The hub failed.</exception>
    public static async Task ThrowIfRefusedAsync(HubHttp http, HubCall call, HubAnswer answer, CancellationToken cancellation)
    {
        if ((int)answer.Status is >= 200 and < 300) return;
        byte[] body = [];
        try
        {
            body = await http.ReadAllAsync(answer, MostBytes, call.Subject, cancellation).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // the status says enough
        }
        throw Of(http.Options, call, answer, body);
    }

    private static Exception Of(HubOptions options, HubCall call, HubAnswer answer, byte[] body)
    {
        var (status, host) = ((int)answer.Status, answer.Address.Host);
        var said = answer.Header("X-Error-Message") ?? HubJson.ErrorIn(body);
        if (said is not null) said = HubText.Clean(options.Token?.RemoveFrom(said) ?? said);
        var also = string.IsNullOrWhiteSpace(said) ? "" : $" («{said}»)";
        var identity = options.Token is { } token ? $"the {token} may not see it" : "it is private and no token is given (set HF_TOKEN)";
        var isOwn = options.IsHub && options.IsOwn(answer.Address);
        var model = call.Subject.Split(':')[0];
        return (answer.Header("X-Error-Code"), status) switch
        {
            ("GatedRepo", _) => new InvalidDataException($"{model} is gated: its owners want their conditions accepted first{also}. Accept them at {options.Endpoint.AbsoluteUri.TrimEnd('/')}/{model}, "
                + (options.Token is null ? "then give a token of that account in HF_TOKEN" : $"with the account of the {options.Token}")),
            ("RevisionNotFound", _) => new InvalidDataException($"{call.Subject} has no such revision{also}; --revision takes a branch, a tag or a commit"),
            ("EntryNotFound", _) => new InvalidDataException($"{call.Subject} is not there{also}"),
            ("RepoNotFound", _) or (_, 404) when isOwn => new InvalidDataException($"there is no {call.Subject} at {host}, or {identity}{also}"),
            (_, 401) when isOwn && call.Method == HttpMethod.Get => new InvalidDataException($"there is no {call.Subject} at {host}, or {identity}{also}"),
            (_, 401) when isOwn => new InvalidDataException($"{call.Subject}: {host} does not accept {(options.Token is null ? "writing without a token; set HF_TOKEN" : $"the {options.Token}")}{also}"),
            (_, 403) when isOwn => new InvalidDataException($"{call.Subject}: {(options.Token is null ? "this needs a token; set HF_TOKEN" : $"the {options.Token} does not permit this; it may need the right to write")}{also}"),
            (_, 413) => new InvalidDataException($"{call.Subject}: too large for {host}{also}"),
            _ => new IOException($"{call.Subject}: {host} answers HTTP {status}{also}"),
        };
    }
}
