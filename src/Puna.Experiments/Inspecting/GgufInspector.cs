using System.Globalization;
using Puna.Models;
using Puna.Text;

namespace Puna.Experiments.Inspecting;

/// <summary>Looks at a GGUF file: its header only, also where this build could not run the model.</summary>
internal static class GgufInspector
{
    private const int LongestShown = 200;

    public static Inspection Inspect(string path)
    {
        using var file = new GgufFile(path);
        List<(string, object?)> figures =
        [
            ("gguf_version", (long)file.Version),
            ("architecture", file.Metadata.Text("general.architecture")),
            ("file_type", file.Metadata.Whole("general.file_type") is { } type ? GgufMix.NameOf(type) ?? type.ToString(CultureInfo.InvariantCulture) : null),
            ("parameters", file.Tensors.Sum(tensor => tensor.Count)),
            ("tensors", (long)file.Tensors.Count),
            ("dtypes", string.Join(", ", file.Tensors.GroupBy(tensor => tensor.Type.Name).OrderByDescending(group => group.Count()).Select(group => $"{group.Key} ({group.Count()})"))),
            ("files_bytes", file.Tensors.Sum(tensor => tensor.Bytes)),
        ];
        var known = figures.Select(figure => figure.Item1).ToHashSet();
        figures.AddRange(Config(path).Where(figure => known.Add(figure.Item1)));
        figures.AddRange(Vocabulary(file));
        figures.AddRange(file.Metadata.Keys.Select(key => ($"metadata_{key}", Shown(file.Metadata, key))));
        return new Inspection("gguf", path) { Figures = figures, Tensors = [.. file.Tensors.Select(tensor => new InspectedTensor(tensor.Name, tensor.Type.Name, tensor.Shape))] };
    }

    private static List<(string Name, object? Value)> Config(string path)
    {
        try
        {
            return Inspector.ConfigFigures(ModelPath.ReadConfig(path));
        }
        catch (InvalidDataException problem)
        {
            return [("cannot_run", problem.Message)];
        }
    }

    private static (string Name, object? Value)[] Vocabulary(GgufFile file) => GgufVocabulary.Read(file) is not { } vocabulary ? [("tokenizer", null)] :
    [
        ("tokenizer", vocabulary.Lists.Model),
        ("tokenizer_pieces", (long)vocabulary.Lists.Tokens.Count),
        ("tokenizer_merges", (long)(vocabulary.Lists.Merges?.Count ?? 0)),
        ("bos_id", (long?)vocabulary.Lists.BosId),
        ("eos_id", (long?)vocabulary.Lists.EosId),
        ("unknown_id", (long?)vocabulary.Lists.UnknownId),
        ("pad_id", (long?)vocabulary.Lists.PadId),
        ("chat_template", vocabulary.ChatTemplate is not { } source ? null : ChatTemplates.FromSource(source, file.Path).Template?.Name ?? "one that this build does not know"),
    ];

    private static object? Shown(GgufMetadata metadata, string key) => metadata.Find(key) switch
    {
        Array array => $"{metadata.TypeOf(key)} of {array.Length}",
        string { Length: > LongestShown } text => $"{text[..LongestShown]}… ({text.Length} characters)",
        bool flag => flag,
        string text => text,
        float or double => metadata.Find(key) is float.NaN or double.NaN or float.PositiveInfinity or float.NegativeInfinity or double.PositiveInfinity or double.NegativeInfinity ? metadata.Find(key)!.ToString() : metadata.Number(key),
        ulong and > long.MaxValue and var large => large.ToString(CultureInfo.InvariantCulture),
        _ => metadata.Whole(key),
    };
}
