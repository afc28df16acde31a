using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Puna.Hub.Tests;

/// <summary>A request as it came in.</summary>
internal sealed record TestRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The path without what follows a question mark, unescaped.</summary>
    public string Path => Uri.UnescapeDataString(Target.Split('?')[0]);

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>An answer, and how it goes wrong on its way.</summary>
internal sealed record TestResponse(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    /// <summary>The connection ends after so many bytes of the body.</summary>
    public int? CutAfter { get; init; }

    /// <summary>The connection stands still after so many bytes of the body, until the server ends.</summary>
    public int? StallAfter { get; init; }

    /// <summary>Whether the connection ends without an answer.</summary>
    public bool IsLost { get; init; }

    /// <summary>Whether the length stays unsaid, so that the body ends with the connection.</summary>
    public bool HasNoLength { get; init; }

    public static TestResponse Text(int status, string text, params (string, string)[] headers) => new(status, Encoding.UTF8.GetBytes(text), headers);
}

/// <summary>An HTTP server on the loopback that can misbehave below HTTP: a thread a connection, a request a connection.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<TestRequest, TestResponse> _answer;
    private readonly ManualResetEventSlim _end = new();

    public LoopbackServer(Func<TestRequest, TestResponse> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        new Thread(Listen) { IsBackground = true }.Start();
    }

    public Uri Address { get; }

    public void Dispose()
    {
        _end.Set();
        _listener.Stop();
    }

    private void Listen()
    {
        try
        {
            while (!_end.IsSet)
            {
                var client = _listener.AcceptTcpClient();
                new Thread(() => Serve(client)) { IsBackground = true }.Start();
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // the end
        }
    }

    private void Serve(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var stream = client.GetStream();
                if (Read(stream) is { } request) Write(stream, Answer(request));
            }
            catch (IOException)
            {
                // the other side went away
            }
        }
    }

    private TestResponse Answer(TestRequest request)
    {
        try
        {
            return _answer(request);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return TestResponse.Text(599, exception.ToString()); // no server answers so: the test sees it in the message
        }
    }

    private static TestRequest? Read(NetworkStream stream)
    {
        var head = new List<byte>();
        while (head.Count < 4 || !(head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n'))
        {
            var one = stream.ReadByte();
            if (one < 0) return null;
            head.Add((byte)one);
        }
        var lines = Encoding.Latin1.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var words = lines[0].Split(' ');
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).GroupBy(pair => pair[0], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => string.Join(", ", group.Select(pair => pair[^1])), StringComparer.OrdinalIgnoreCase);
        var body = new byte[headers.TryGetValue("Content-Length", out var length) ? int.Parse(length, System.Globalization.CultureInfo.InvariantCulture) : 0];
        stream.ReadExactly(body);
        return new TestRequest(words[0], words[1], headers, body);
    }

    private void Write(NetworkStream stream, TestResponse response)
    {
        if (response.IsLost) return;
        var head = new StringBuilder($"HTTP/1.1 {response.Status} Status\r\nConnection: close\r\n");
        foreach (var (name, value) in response.Headers) head.Append(name).Append(": ").Append(value).Append("\r\n");
        if (!response.HasNoLength && !response.Headers.Any(header => header.Name == "Content-Length")) head.Append("Content-Length: ").Append(response.Body.Length).Append("\r\n");
        stream.Write(Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()));
        stream.Write(response.Body.AsSpan(0, response.CutAfter ?? response.StallAfter ?? response.Body.Length));
        stream.Flush();
        if (response.StallAfter is not null) _end.Wait();
    }
}
