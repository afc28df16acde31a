using System.Text.Encodings.Web;
using System.Text.Json;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// A conversation on disk: JSON with <c>format</c>, <c>model</c> and <c>messages</c> (role and content, a system message first where there is one), the form that programs for chat
/// exchange; and beside it, under the same name with <c>.cache</c>, the keys and values computed for it (<see cref="SequenceFile"/>).
/// </summary>
public static class ConversationFile
{
    private const string Format = "puna-chat-1";
    private const long LargestFile = 64L << 20;
    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Where the cache of a conversation lies.</summary>
    public static string CacheOf(string path) => path + ".cache";

    /// <summary>Saves a conversation, and its cache where the engine can.</summary>
    /// <returns>What was saved.</returns>
    /// <exception cref="InvalidDataException">The model has no chat template: it keeps no conversation.</exception>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static SavedConversation Save(string path, ChatSession session, TextGenerator generator, string model)
    {
        if (!session.HasTemplate) throw new InvalidDataException("a base model continues each line by itself, so there is no conversation to save");
        AtomicFile.Write(path, stream =>
        {
            using var json = new Utf8JsonWriter(stream, Readable);
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteString("model", model);
            json.WriteStartArray("messages");
            if (session.System is { } system) WriteTurn(json, new ChatTurn("system", system));
            foreach (var turn in session.Turns) WriteTurn(json, turn);
            json.WriteEndArray();
            json.WriteEndObject();
        });
        if (generator.Generator.Engine.CacheIdentity is null || generator.Generator.CachedPositions == 0) return new SavedConversation(session.Turns.Count, 0, null);
        generator.Generator.SaveCache(CacheOf(path));
        return new SavedConversation(session.Turns.Count, generator.Generator.CachedPositions, null);
    }

    /// <summary>Loads a conversation in place of the session's own, and its cache where it fits; where it does not, the conversation will be computed again, and the result says why.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no conversation, or one that this program cannot hold, or the model has no chat template. Then nothing has changed.</exception>
    public static SavedConversation Load(string path, ChatSession session, TextGenerator generator)
    {
        if (!session.HasTemplate) throw new InvalidDataException("a base model continues each line by itself and cannot take up a conversation");
        var (system, turns) = Read(path);
        session.Restore(system, turns);
        try
        {
            return new SavedConversation(turns.Count, generator.Generator.LoadCache(CacheOf(path)), null);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException or InsufficientMemoryException)
        {
            return new SavedConversation(turns.Count, 0, exception.Message);
        }
    }

    private static (string? System, IReadOnlyList<ChatTurn> Turns) Read(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no file {path}", path);
        if (new FileInfo(path).Length > LargestFile) throw Wrong($"has {new FileInfo(path).Length:N0} bytes, more than the {LargestFile:N0} that a conversation may have");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16 });
            var json = document.RootElement;
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array) throw Wrong("has no \"messages\"");
            if (json.TryGetProperty("format", out var format) && format.GetString() != Format) throw Wrong($"is of the format '{format.GetString()}'; this build reads {Format}");
            ChatTurn[] all = [.. messages.EnumerateArray().Select(Turn)];
            var system = all is [{ Role: "system" } first, ..] ? first.Content : null;
            ChatTurn[] turns = system is null ? all : all[1..];
            for (var i = 0; i < turns.Length; i++)
            {
                var expected = i % 2 == 0 ? "user" : "assistant";
                if (turns[i].Role != expected) throw Wrong($"has a message of the role '{turns[i].Role}' where the {expected}'s turn is: this chat holds a system message, then user and assistant in turn");
            }
            return turns.Length % 2 == 0 ? (system, turns) : throw Wrong("ends with a message that has no answer");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Wrong("is no conversation in JSON");
        }

        ChatTurn Turn(JsonElement message)
        {
            string? role = null, content = null;
            foreach (var member in message.EnumerateObject())
            {
                if (member.Name == "role") role = member.Value.GetString();
                else if (member.Name == "content") content = member.Value.GetString();
                else throw Wrong($"has a message with \"{member.Name}\", which this chat cannot hold");
            }
            return role is null || content is null ? throw Wrong("has a message without role or content") : new ChatTurn(role, content);
        }

        InvalidDataException Wrong(string what) => new($"{path} {what}");
    }

    private static void WriteTurn(Utf8JsonWriter json, ChatTurn turn)
    {
        json.WriteStartObject();
        json.WriteString("role", turn.Role);
        json.WriteString("content", turn.Content);
        json.WriteEndObject();
    }
}

/// <summary>What was saved or loaded.</summary>
/// <param name="Turns">Messages, the system message not counted.</param>
/// <param name="CachedPositions">Positions of the cache; 0 where there is none.</param>
/// <param name="CacheProblem">Why a cache was not loaded; null where it was.</param>
public sealed record SavedConversation(int Turns, int CachedPositions, string? CacheProblem);
