using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Puna.Inference;

/// <summary>C# values as JSON and back, without reflection where a type is known.</summary>
internal static class JsonParts
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A value as JSON, as Microsoft.Extensions.AI writes it.</summary>
    /// <exception cref="InvalidDataException">Its type cannot be written.</exception>
    public static JsonElement Element(object? value)
    {
        if (value is JsonElement element) return element.Clone();
        try
        {
            return JsonSerializer.SerializeToElement(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(value?.GetType() ?? typeof(object)));
        }
        catch (Exception exception) when (exception is NotSupportedException or JsonException)
        {
            throw new InvalidDataException($"a value of type {value?.GetType().Name} cannot be written as JSON: {exception.Message.Split('\n')[0]}", exception);
        }
    }

    /// <summary>What is written, as an element of its own.</summary>
    public static JsonElement Build(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable)) write(json);
        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    /// <summary>The JSON value with which a text begins, white space before it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">Characters up to the value's end; 0 where there is no whole value.</param>
    /// <param name="mayContinue">Whether the text is the beginning of a value.</param>
    /// <returns>The value; null where there is no whole one.</returns>
    public static JsonElement? First(string text, out int length, out bool mayContinue)
    {
        (length, mayContinue) = (0, false);
        var bytes = Encoding.UTF8.GetBytes(text);
        try
        {
            var reader = new Utf8JsonReader(bytes, isFinalBlock: false, default);
            mayContinue = !JsonDocument.TryParseValue(ref reader, out var document);
            if (mayContinue) return null;
            length = Encoding.UTF8.GetCharCount(bytes.AsSpan(0, (int)reader.BytesConsumed));
            using (document) return document!.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>JSON values that follow each other in a text, with nothing but white space and the given characters between them; null where there is anything else.</summary>
    public static IReadOnlyList<JsonElement>? Values(string text, string between = "")
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var values = new List<JsonElement>();
        var at = 0;
        while (true)
        {
            while (at < bytes.Length && (char.IsWhiteSpace((char)bytes[at]) || between.Contains((char)bytes[at]))) at++;
            if (at == bytes.Length) return values;
            try
            {
                var reader = new Utf8JsonReader(bytes.AsSpan(at), isFinalBlock: false, default);
                if (!JsonDocument.TryParseValue(ref reader, out var document)) return null;
                using (document) values.Add(document.RootElement.Clone());
                at += (int)reader.BytesConsumed;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }
}
