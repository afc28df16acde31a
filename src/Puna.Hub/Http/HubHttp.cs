using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;

namespace Puna.Hub;

/// <summary>
/// Sends requests: follows redirects itself, so that each host on the way is checked and only the endpoint sees the token, and repeats what failed in passing.
/// </summary>
internal sealed class HubHttp : IDisposable
{
    private const int MostHops = 6;
    private readonly HubOptions _options;
    private readonly ITransferDisplay? _display;
    private readonly HttpClient _client;

    /// <param name="options">Whom to ask, as whom.</param>
    /// <param name="display">Hears of repetitions; null for nobody.</param>
    public HubHttp(HubOptions options, ITransferDisplay? display = null)
    {
        (_options, _display) = (options, display);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = !options.Endpoint.IsLoopback,
            ConnectTimeout = TimeSpan.FromSeconds(20),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public HubOptions Options => _options;

    public void Dispose() => _client.Dispose();

    /// <summary>The answer to a request, also where it is a refusal; what passes (no connection, 408, 429, 5xx) is tried again first.</summary>
    /// <exception cref="InvalidDataException">A redirect leads where it may not.</exception>
    /// <exception cref="IOException">Nothing could be reached.</exception>
    public async Task<HubAnswer> SendAsync(HubCall call, CancellationToken cancellation)
    {
        if (_options.IsOffline) throw new InvalidDataException($"{call.Subject}: HF_HUB_OFFLINE is set, so {call.Address.Host} is not asked; unset it, or work with files that are here");
        for (var attempt = 0; ; attempt++)
        {
            string problem;
            TimeSpan? asked = null;
            try
            {
                var answer = await FollowAsync(call, cancellation).ConfigureAwait(false);
                if (!IsPassing(answer.Status) || (!call.IsRepeatable && answer.Status is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)) || attempt >= _options.Retry.Most) return answer;
                problem = $"{call.Address.Host} answers HTTP {(int)answer.Status}";
                asked = RetryAfter(answer);
                answer.Dispose();
                if (asked > _options.Retry.LongestAsked)
                    throw new IOException($"{call.Subject}: {problem} and asks to wait {asked.Value.TotalSeconds:0} seconds; try again then");
            }
            catch (BrokenTransferException exception)
            {
                if (!call.IsRepeatable) throw new IOException($"{call.Subject}: {exception.Message}; whether it was done there is not known", exception);
                if (attempt >= _options.Retry.Most) throw new IOException($"{call.Subject}: {exception.Message}, {attempt + 1} times; check the network, or set HF_HUB_OFFLINE=1 to do without", exception);
                problem = exception.Message;
            }
            _display?.Say($"{call.Subject}: {problem}; trying again ({attempt + 1} of {_options.Retry.Most})");
            await _options.Retry.PauseAsync(attempt, asked, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<HubAnswer> FollowAsync(HubCall call, CancellationToken cancellation)
    {
        var address = call.Address;
        _options.Hosts.Require(address, $"{call.Subject}: the address leads to");
        HubAnswer.Hub? first = null;
        for (var hop = 0; hop < MostHops; hop++)
        {
            var response = await SendOnceAsync(call, address, cancellation).ConfigureAwait(false);
            first ??= HubAnswer.Hub.Of(response);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308)) return new HubAnswer(response, address, first);
            using (response)
            {
                if (response.Headers.Location is not { } location || !Uri.TryCreate(address, location, out var next))
                    throw new IOException($"{call.Subject}: {address.Host} redirects to nowhere");
                _options.Hosts.Require(next, $"{call.Subject}: {address.Host} redirects to");
                if (address.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps)
                    throw new InvalidDataException($"{call.Subject}: {address.Host} redirects from https to {next.Scheme}, which is not followed");
                if (call.Method != HttpMethod.Get)
                    throw new InvalidDataException($"{call.Subject}: {address.Host} says it has moved to {HubText.Clean(next.AbsolutePath)}; give its new name");
                address = next;
            }
        }
        throw new IOException($"{call.Subject}: more than {MostHops} redirects in a row");
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HubCall call, Uri address, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(_options.Retry.Silence);
        using var request = new HttpRequestMessage(call.Method, address) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("puna", typeof(HubHttp).Assembly.GetName().Version?.ToString(3) ?? "0"));
        request.Headers.AcceptEncoding.ParseAdd("identity");
        foreach (var (name, value) in call.Headers) request.Headers.TryAddWithoutValidation(name, value);
        if (call.IsAuthorized && _options.Token is { } token && _options.IsOwn(address)) request.Headers.Authorization = token.Header;
        request.Content = call.Body?.Invoke(() => silence.CancelAfter(_options.Retry.Silence));
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsBroken(exception, cancellation))
        {
            throw Broken(exception, address);
        }
    }

    /// <summary>The next bytes of a body; 0 at its end.</summary>
    /// <exception cref="BrokenTransferException">The connection broke or stood still.</exception>
    public async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, Uri address, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(_options.Retry.Silence);
        try
        {
            return await body.ReadAsync(buffer, silence.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsBroken(exception, cancellation))
        {
            throw Broken(exception, address);
        }
    }

    /// <summary>A whole body of at most so many bytes.</summary>
    /// <exception cref="IOException">It is longer, or the connection broke.</exception>
    public async Task<byte[]> ReadAllAsync(HubAnswer answer, int most, string subject, CancellationToken cancellation)
    {
        using var all = new MemoryStream();
        using var body = await answer.Response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var buffer = new byte[1 << 14];
        while (await ReadAsync(body, buffer, answer.Address, cancellation).ConfigureAwait(false) is > 0 and var count)
        {
            if (all.Length + count > most) throw new IOException($"{subject}: {answer.Address.Host} answers with more than the {HubText.Bytes(most)} that such an answer may have");
            all.Write(buffer, 0, count);
        }
        return all.ToArray();
    }

    internal static bool IsPassing(HttpStatusCode status) => (int)status is 408 or 429 or 500 or 502 or 503 or 504;

    internal static TimeSpan? RetryAfter(HubAnswer answer) => answer.Header("Retry-After") is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds)
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until) && until > DateTimeOffset.UtcNow ? until - DateTimeOffset.UtcNow
        : null;

    private static bool IsBroken(Exception exception, CancellationToken cancellation) =>
        exception is HttpRequestException or IOException and not BrokenTransferException || (exception is OperationCanceledException && !cancellation.IsCancellationRequested);

    private BrokenTransferException Broken(Exception exception, Uri address)
    {
        var reason = exception switch
        {
            OperationCanceledException => $"{address.Host} was silent for {_options.Retry.Silence.TotalSeconds:0.###} seconds",
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => $"{address.Host} is not known to the network's name service",
            { InnerException: AuthenticationException } => $"{address.Host} does not prove who it is (TLS)",
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => $"{address.Host} cannot be reached",
            _ => $"the connection to {address.Host} broke",
        };
        return new BrokenTransferException(reason, exception);
    }
}
