using System.Text.Json;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// A file of prompts: one a line. In <c>.txt</c> the line is the prompt; in <c>.jsonl</c> (or <c>.ndjson</c>) it is a JSON string, or an object with <c>prompt</c>, perhaps
/// <c>system</c>, and whatever else should be found again beside the answer. Blank lines are passed over.
/// </summary>
public static class PromptFile
{
    /// <summary>Reads it whole.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">Its name ends otherwise, it is not UTF-8 or has no prompt, or a line is none of these; the sentence has its number.</exception>
    public static IReadOnlyList<BatchPrompt> Read(string path)
    {
        var isJson = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".jsonl" or ".ndjson" => true,
            ".txt" => false,
            _ => throw new InvalidDataException($"{path}: a file of prompts is named .txt (a prompt a line) or .jsonl (a JSON string or object a line)"),
        };
        var prompts = new List<BatchPrompt>();
        var number = 0;
        foreach (var ended in TextFile.Read(path).Split('\n')) // other separators of lines may stand in a JSON string
        {
            var line = ended.TrimEnd('\r');
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            prompts.Add(isJson ? Parse(path, line, prompts.Count, number) : new BatchPrompt(prompts.Count, number, line, null, []));
        }
        return prompts;
    }

    private static BatchPrompt Parse(string path, string line, int index, int number)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var json = document.RootElement;
            if (json.ValueKind == JsonValueKind.String) return new BatchPrompt(index, number, json.GetString()!, null, []);
            if (json.ValueKind != JsonValueKind.Object) throw Wrong("a JSON string or an object with a \"prompt\"");
            string? prompt = null, system = null;
            var others = new List<(string, JsonElement)>();
            foreach (var member in json.EnumerateObject())
            {
                if (member.Name is "prompt" or "system")
                {
                    if (member.Value.ValueKind != JsonValueKind.String) throw Wrong($"an object whose \"{member.Name}\" is a string");
                    if (member.Name == "prompt") prompt = member.Value.GetString();
                    else system = member.Value.GetString();
                }
                else if (AnswerFile.OwnNames.Contains(member.Name)) throw Wrong($"free of \"{member.Name}\", which is a name of the answers' own: rename it");
                else others.Add((member.Name, member.Value.Clone()));
            }
            return new BatchPrompt(index, number, prompt ?? throw Wrong("an object with a \"prompt\""), system, others);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Wrong("JSON"); // or half a surrogate pair
        }

        InvalidDataException Wrong(string wanted) => new($"{path}, line {number} is not {wanted}");
    }
}
