using System.CommandLine;
using System.Globalization;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Runs;
using Puna.Models;

namespace Puna.Cli.Commands;

/// <summary><c>puna diff</c>: two models tensor by tensor.</summary>
internal static class DiffCommand
{
    public static Command Create(Session session)
    {
        var first = new Argument<string>("A") { Description = "A model of any kind that convert reads" };
        var second = new Argument<string>("B") { Description = "The other one" };
        var all = new Option<bool>("--all") { Description = "List tensors that are the same, too" };
        var json = CommonOptions.Json("Print one JSON object with every tensor");
        var verb = new Verb("diff", "Compare two models tensor by tensor",
            "puna diff runs/NAME/model model.gguf",
            "puna diff a b --json")
        {
            Remarks = "Names and the order of rows are translated first, so that files of different kinds can be compared. The exit code is 0 where every number is the same, 1 where not.",
        };
        verb.Arguments.Add(first);
        verb.Arguments.Add(second);
        verb.Options.Add(all);
        verb.Options.Add(json);
        return verb.Does(parsed =>
        {
            using var work = session.Interrupts.Begin();
            var display = Displays.For(session);
            using var a = ModelSource.Open(ModelLocator.Find(parsed.GetValue(first)!), requireTokenizer: false);
            using var b = ModelSource.Open(ModelLocator.Find(parsed.GetValue(second)!), requireTokenizer: false);
            TensorDifference[] differences = [.. ModelComparison.Compare(a.Weights, b.Weights, share =>
            {
                work.Token.ThrowIfCancellationRequested();
                display.Progress(share);
            })];
            session.Interrupts.End();
            if (parsed.GetValue(json)) WriteJson(session.Output, differences);
            else Write(session.Output, differences, parsed.GetValue(all));
            return differences.All(one => one.IsSame) ? ExitCodes.Done : ExitCodes.Failed;
        });
    }

    private static void Write(TextWriter output, TensorDifference[] differences, bool all)
    {
        foreach (var one in differences.Where(one => all || !one.IsSame)) output.WriteLine(Line(one));
        var same = differences.Count(one => one.IsSame);
        output.WriteLine(same == differences.Length ? $"all {same} tensors are the same" : $"{same} of {differences.Length} tensors are the same");
    }

    private static string Line(TensorDifference one)
    {
        if (one.Shapes.A is null || one.Shapes.B is null) return $"{one.Name}  only in {(one.Shapes.A is null ? "B" : "A")}";
        if (one.Different is not { } count) return $"{one.Name}  {one.Shapes.A} in A, {one.Shapes.B} in B";
        var types = one.Types.A == one.Types.B ? one.Types.A : $"{one.Types.A} and {one.Types.B}";
        return count == 0
            ? $"{one.Name}  {types}  the same"
            : string.Create(CultureInfo.InvariantCulture, $"{one.Name}  {types}  {count} numbers differ, by {one.Largest:0.###e0} at most, {one.Relative:0.###e0} relative to the whole");
    }

    private static void WriteJson(TextWriter output, TensorDifference[] differences) => JsonOutput.WriteObject(output, json =>
    {
        json.WriteBoolean("same", differences.All(one => one.IsSame));
        json.WriteStartArray("tensors");
        foreach (var one in differences)
        {
            json.WriteStartObject();
            json.WriteString("name", one.Name);
            json.WriteString("type_a", one.Types.A);
            json.WriteString("type_b", one.Types.B);
            json.WriteString("shape_a", one.Shapes.A);
            json.WriteString("shape_b", one.Shapes.B);
            if (one.Different is { } count)
            {
                json.WriteNumber("different", count);
                Finite(json, "largest", one.Largest);
                Finite(json, "relative", one.Relative);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <summary>JSON has no word for what is no number.</summary>
    private static void Finite(System.Text.Json.Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }
}
