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

    /// <summary>This build: its version, and the commit it was made from where that is known.</summary>
    public static (string Version, string Commit) Build { get; } = Read();

    public override int Invoke(ParseResult parseResult)
    {
        output.WriteLine($"puna {Build.Version}");
        output.WriteLine($"commit {Build.Commit}");
        output.WriteLine($"runtime {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}");
        output.WriteLine($"kernels {KernelTier.Choose().Name} (this machine has {string.Join(", ", KernelTier.Available.Select(tier => tier.Name))})");
        return ExitCodes.Done;
    }

    private static (string Version, string Commit) Read()
    {
        var version = typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        var plus = version.IndexOf('+');
        return plus < 0 ? (version, "unknown") : (version[..plus], version[(plus + 1)..]);
    }
}
