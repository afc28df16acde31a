namespace Puna.Text;

/// <summary>The post_processor of a tokenizer.json: which special tokens stand before and behind one text.</summary>
internal static class JsonPostProcessor
{
    private const string Known = "TemplateProcessing, ByteLevel and Sequence";

    public static (int? First, int? Last) Read(JsonPart? part, Dictionary<string, int> ids)
    {
        if (part is not { } root) return (null, null);
        (int? First, int? Last) found = (null, null);
        foreach (var step in root.Steps("processors"))
        {
            if (step.Type == "ByteLevel") continue;
            if (step.Type != "TemplateProcessing") throw step.Unsupported(Known);
            var (first, last) = Template(step, ids);
            found = (found.First ?? first, found.Last ?? last);
        }
        return found;
    }

    private static (int? First, int? Last) Template(JsonPart step, Dictionary<string, int> ids)
    {
        (int? First, int? Last) found = (null, null);
        var texts = 0;
        foreach (var item in step.Items("single"))
        {
            if (item.Part("Sequence") is not null)
            {
                texts++;
                continue;
            }
            var token = item.Needed("SpecialToken").Text("id");
            var isTaken = texts == 0 ? found.First is not null : found.Last is not null;
            if (isTaken) throw new InvalidDataException($"{item.Where}: '{token}' is the second special token on its side of the text; this build puts one at most.");
            var id = ids.TryGetValue(token, out var value) ? value : throw new InvalidDataException($"{item.Where}: '{token}' is not in the vocabulary; the file is damaged.");
            if (texts == 0) found.First = id;
            else found.Last = id;
        }
        return texts == 1 ? found : throw new InvalidDataException($"{step.Where}.single: the text stands there {texts} times; once is right.");
    }
}
