using System.Text;

namespace Puna.Fuzz;

/// <summary>Something that must not be, and how to see it again.</summary>
internal sealed record FuzzFinding(string Target, ulong Seed, long Number, string What)
{
    public override string ToString() => $"--target {Target} --seed {Seed} --only {Number}: {What}";
}

/// <summary>What became of all inputs.</summary>
internal sealed record FuzzReport(IReadOnlyList<FuzzTotals> Targets, IReadOnlyList<FuzzFinding> Findings, TimeSpan Took)
{
    public long Inputs => Targets.Sum(target => target.Inputs);

    /// <summary>A table, and below it the findings.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.AppendLine("| target | inputs | past the header | read | refused | findings | may allocate | largest, KiB | of a file of | share of the bound | slowest, ms |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var one in Targets.Where(target => target.Inputs > 0))
        {
            var target = FuzzTargets.ByName(one.Target);
            text.AppendLine($"| {one.Target} | {one.Inputs:N0} | {100.0 * one.PastHeader / one.Inputs:0} % | {one.Read:N0} | {one.Refused:N0} | {Findings.Count(finding => finding.Target == one.Target)} | {target.Multiple} x + {target.Constant >> 10:N0} KiB | {one.LargestAllocation >> 10:N0} | {one.ItsSize:N0} | {100 * one.LargestShare:0} % | {one.SlowestMilliseconds:0} (#{one.Slowest}) |");
        }
        text.AppendLine($"{Inputs:N0} inputs, {Targets.Sum(target => target.PastHeader):N0} past the header, {Findings.Count} findings, {Took.TotalSeconds:0} s");
        foreach (var finding in Findings.Take(200)) text.AppendLine(finding.ToString());
        return text.ToString();
    }
}
