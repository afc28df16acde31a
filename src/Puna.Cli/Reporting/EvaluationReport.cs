using Puna.Experiments.Reports;

namespace Puna.Cli.Reporting;

/// <summary>The figures of evaluation tasks.</summary>
internal static class EvaluationReport
{
    public static void Write(TextWriter output, IReadOnlyList<(string Task, IReadOnlyList<(string Name, double Value)> Figures)> results, bool isJson)
    {
        if (isJson)
        {
            JsonOutput.WriteObject(output, json =>
            {
                foreach (var (task, figures) in results)
                {
                    json.WriteStartObject(task);
                    foreach (var (name, value) in figures)
                    {
                        if (double.IsFinite(value)) json.WriteNumber(name, value);
                        else json.WriteNull(name);
                    }
                    json.WriteEndObject();
                }
            });
            return;
        }
        foreach (var (task, figures) in results)
        {
            var width = Math.Max(14, figures.Max(figure => figure.Name.Length) + 1);
            output.WriteLine(task);
            foreach (var (name, value) in figures) output.WriteLine($"  {name.PadRight(width)}{(value == Math.Floor(value) && Math.Abs(value) < 1e15 ? Figures.Count((long)value) : Figures.Significant(value, 6)),14}");
        }
    }
}
