using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using System.Runtime.InteropServices;
using Puna.Tensors;

namespace Puna.Cli.Reporting;

/// <summary>Version, commit, runtime and kernels: what a report of a problem needs.</summary>
internal sealed class VersionAction(TextWriter output) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var version = typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        var plus = version.IndexOf('+');
        var commit = plus < 0 ? "unknown" : version[(plus + 1)..];
        output.WriteLine($"puna {(plus < 0 ? version : version[..plus])}");
        output.WriteLine($"commit {commit}");
        output.WriteLine($"runtime {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}");
        output.WriteLine($"kernels {KernelTier.Choose().Name} (this machine has {string.Join(", ", KernelTier.Available.Select(tier => tier.Name))})");
        return ExitCodes.Done;
    }
}
