using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;

namespace Puna.Cli.Commands;

/// <summary><c>puna doctor</c>: what this machine has and what it can do.</summary>
internal static class DoctorCommand
{
    public static Command Create(Session session)
    {
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json("Print one JSON object");
        var verb = new Verb("doctor", "Show and measure this machine: processor, kernels, threads, memory, speed",
            "puna doctor",
            "puna doctor --json",
            "PUNA_ISA=avx2 puna doctor       # what if this machine were another");
        verb.Options.Add(threads);
        verb.Options.Add(json);
        return verb.Does(parsed =>
        {
            session.Log("measuring, some seconds");
            var report = MachineReport.Measure(parsed.GetValue(threads) ?? 0);
            if (parsed.GetValue(json)) report.WriteJson(session.Output);
            else report.Write(session.Output);
            return ExitCodes.Done;
        });
    }
}
