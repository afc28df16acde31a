using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Puna.Hub;

/// <summary>JSON to and from a hub, with bounds: what a server says may be wrong, large or malicious.</summary>
internal static class HubJson
{
    private const int MostBytes = 16 << 20;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64 };

    /// <summary>The body of an answer that says yes; a refusal becomes its exception.</summary>
    /// <exception cref="InvalidDataException">The hub refuses.</exception>
    /// <exception cref="IOException">The hub fails, or answers with something else than JSON.</exception>
    public static async Task<JsonDocument> ReadAsync(HubHttp http, HubCall call, CancellationToken cancellation)
    {
        using var answer = await http.SendAsync(call, cancellation).ConfigureAwait(false);
        return await ReadAsync(http, call, answer, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc cref="ReadAsync(HubHttp, HubCall, CancellationToken)"/>
    public static async Task<JsonDocument> ReadAsync(HubHttp http, HubCall call, HubAnswer answer, CancellationToken cancellation)
    {
        await HubRefusal.ThrowIfRefusedAsync(http, call, answer, cancellation).ConfigureAwait(false);
        var bytes = await http.ReadAllAsync(answer, MostBytes, call.Subject, cancellation).ConfigureAwait(false);
        if (!Utf8.IsValid(bytes)) throw new IOException($"{call.Subject}: {answer.Address.Host} answers {HubText.Clean(call.Address.AbsolutePath)} with something that is not UTF-8; is it a hub?");
        try
        {
            return JsonDocument.Parse(bytes, Strict);
        }
        catch (JsonException exception)
        {
            throw new IOException($"{call.Subject}: {answer.Address.Host} answers {HubText.Clean(call.Address.AbsolutePath)} with something that is not JSON; is it a hub?", exception);
        }
    }

    /// <summary>A request body.</summary>
    public static Func<Action, HttpContent> Body(Action<Utf8JsonWriter> members, string type = "application/json")
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        var bytes = buffer.ToArray();
        return _ =>
        {
            var content = new ByteArrayContent(bytes);
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            return content;
        };
    }

    /// <summary>A member's text; null where there is none.</summary>
    public static string? Text(JsonElement element, string name) => TryMember(element, name, out var member) ? Text(member) : null;

    /// <summary>A member of an object; false where there is none, or a name before it is half a surrogate pair, which makes it unreadable.</summary>
    private static bool TryMember(JsonElement element, string name, out JsonElement member)
    {
        member = default;
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out member);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>A text; null where it is something else.</summary>
    public static string? Text(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair
        }
    }

    /// <summary>The members of an object that are texts or whole numbers, as texts.</summary>
    public static IEnumerable<(string Name, string Value)> Texts(JsonElement element)
    {
        foreach (var member in element.EnumerateObject())
        {
            string name;
            try
            {
                name = member.Name;
            }
            catch (InvalidOperationException)
            {
                continue;
            }
            if (Text(member.Value) is { } text) yield return (name, text);
            else if (member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt64(out var number)) yield return (name, number.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>A list; empty where it is something else.</summary>
    public static IEnumerable<JsonElement> List(JsonElement? element) => element is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>A member's whole number; null where there is none.</summary>
    public static long? Whole(JsonElement element, string name) =>
        TryMember(element, name, out var member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out var value) ? value : null;

    /// <summary>A member that is an object or a list.</summary>
    public static JsonElement? Inner(JsonElement element, string name) =>
        TryMember(element, name, out var member) && member.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? member : null;

    /// <summary>Whether a member is true.</summary>
    public static bool IsTrue(JsonElement element, string name) => TryMember(element, name, out var member) && member.ValueKind == JsonValueKind.True;

    /// <summary>The message in a refusal's body.</summary>
    public static string? ErrorIn(byte[] body)
    {
        if (!Utf8.IsValid(body)) return null;
        try
        {
            using var json = JsonDocument.Parse(body, Strict);
            return Text(json.RootElement, "error") ?? Text(json.RootElement, "message");
        }
        catch (JsonException)
        {
            return body.Length is > 0 and < 200 && body.All(one => one is >= 32 and < 127 or (byte)'\n') && body[0] != (byte)'<' ? Encoding.ASCII.GetString(body).Trim() : null;
        }
    }
}
