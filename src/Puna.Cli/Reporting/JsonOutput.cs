using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Puna.Cli.Reporting;

/// <summary>One JSON value on one line of standard output.</summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void WriteLine(TextWriter output, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Readable)) write(json);
        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    /// <summary>An object on one line.</summary>
    public static void WriteObject(TextWriter output, Action<Utf8JsonWriter> members) => WriteLine(output, json =>
    {
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
    });
}
