using System.Diagnostics;

namespace Puna.Cli.Tests;

/// <summary>Runs the program as a process of its own, from a shell: for limits, signals and real streams.</summary>
internal static class Child
{
    /// <summary>Whether Ctrl-C is ignored here: that is inherited, and a shell cannot undo it.</summary>
    public static bool IgnoresInterrupt => OperatingSystem.IsLinux()
        && File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is { } line
        && (Convert.ToUInt64(line[7..].Trim(), 16) & (1 << (Interrupt - 1))) != 0;

    private const int Interrupt = 2; // SIGINT

    /// <summary>Runs a shell script in which <c>puna</c> is the program; the rest are its <c>$1</c>, <c>$2</c> and so on.</summary>
    public static Outcome Run(string script, params string[] args)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs a Unix shell and /dev/full");
        var program = Path.Combine(AppContext.BaseDirectory, "puna.dll");
        var start = new ProcessStartInfo("bash", ["-c", $"puna() {{ exec dotnet '{program}' \"$@\"; }}; {script}", "bash", .. args]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // its double mapping is a file too, and would count against a limit
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return new Outcome(process.ExitCode, output.Result, error);
    }
}
