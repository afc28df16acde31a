using System.Text.Json;

namespace Puna.Text.Jinja;

/// <summary>Parsed JSON as values; the parser has bounded its depth already.</summary>
internal static class JsonValues
{
    public static Value Read(JsonElement element, Mark mark)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String: return new TextValue(element.GetString()!, mark);
            case JsonValueKind.True or JsonValueKind.False: return BoolValue.Of(element.GetBoolean());
            case JsonValueKind.Number: return element.TryGetInt64(out var whole) ? new IntValue(whole) : new FloatValue(element.GetDouble());
            case JsonValueKind.Array: return SequenceValue.List([.. element.EnumerateArray().Select(item => Read(item, mark))]);
            case JsonValueKind.Object:
                var dict = new DictValue();
                foreach (var property in element.EnumerateObject()) dict.Entries[new TextValue(property.Name, mark)] = Read(property.Value, mark);
                return dict;
            default: return NoneValue.Instance;
        }
    }
}
