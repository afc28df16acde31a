using System.Text.Json;
using Puna.Experiments.Inspecting;
using Puna.Experiments.Reports;

namespace Puna.Cli.Reporting;

/// <summary>An inspection for people and for programs.</summary>
internal static class InspectionReport
{
    public static void Write(TextWriter output, Inspection inspection)
    {
        output.WriteLine($"{inspection.Kind} {inspection.Name}");
        foreach (var (name, value) in inspection.Figures)
            output.WriteLine($"  {Label(name),-24}  {Show(name, value)}");
        if (inspection.Tensors.Count == 0) return;
        output.WriteLine();
        var width = inspection.Tensors.Max(tensor => tensor.Name.Length);
        foreach (var (name, type, shape) in inspection.Tensors) output.WriteLine($"  {name.PadRight(width)}  {type,-5} [{string.Join(", ", shape)}]");
    }

    public static void WriteJson(TextWriter output, Inspection inspection) => JsonOutput.WriteObject(output, json =>
    {
        json.WriteString("kind", inspection.Kind);
        json.WriteString("name", inspection.Name);
        foreach (var (name, value) in inspection.Figures) WriteValue(json, name, value);
        json.WriteStartArray("tensor_list");
        foreach (var (name, type, shape) in inspection.Tensors)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("dtype", type);
            json.WriteStartArray("shape");
            foreach (var size in shape) json.WriteNumberValue(size);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <summary>Words instead of JSON's spelling; keys of metadata stay as the file has them.</summary>
    private static string Label(string name) => name.StartsWith("metadata_", StringComparison.Ordinal) ? name["metadata_".Length..] : name.Replace("_bytes", "", StringComparison.Ordinal).Replace('_', ' ');

    private static string Show(string name, object? value) => value switch
    {
        null => "none",
        true => "yes",
        false => "no",
        long bytes when name.EndsWith("_bytes", StringComparison.Ordinal) => Bytes(bytes),
        long count => Figures.Count(count),
        double number => Figures.Significant(number, 6),
        _ => value.ToString()!,
    };

    private static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{Figures.Significant(bytes / (double)(1L << 30))} GiB",
        >= 1L << 20 => $"{Figures.Significant(bytes / (double)(1L << 20))} MiB",
        _ => $"{Figures.Count(bytes)} bytes",
    };

    private static void WriteValue(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(name);
                break;
            case bool flag:
                json.WriteBoolean(name, flag);
                break;
            case long count:
                json.WriteNumber(name, count);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(name, number);
                break;
            default:
                json.WriteString(name, value.ToString());
                break;
        }
    }
}
