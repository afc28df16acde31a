using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32;

namespace Puna.Tensors;

/// <summary>Asks each system for the processor's name where it keeps it. A system that tells nothing is no error.</summary>
internal static partial class ProcessorName
{
    /// <summary>The name, or the architecture.</summary>
    public static string Read()
    {
        string? name = null;
        try
        {
            if (OperatingSystem.IsLinux()) name = Model(File.ReadLines("/proc/cpuinfo"));
            else if (OperatingSystem.IsMacOS()) name = MacOS();
            else if (OperatingSystem.IsWindows()) name = Windows();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException or DllNotFoundException or EntryPointNotFoundException)
        {
            // the name is a courtesy
        }
        return string.IsNullOrWhiteSpace(name) ? $"{RuntimeInformation.ProcessArchitecture} processor" : name.Trim();
    }

    /// <summary>The name among the lines of /proc/cpuinfo; ARM kernels often have none, some have the board's.</summary>
    internal static string? Model(IEnumerable<string> lines)
    {
        string? board = null;
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':');
            if (colon < 0) continue;
            var key = line.AsSpan(0, colon).Trim();
            var value = line[(colon + 1)..].Trim();
            if (key.Equals("model name", StringComparison.OrdinalIgnoreCase) && value.Length > 0) return value;
            if (key is "Hardware" or "Model" or "cpu model" or "uarch") board ??= value;
        }
        return board;
    }

    [SupportedOSPlatform("macos")]
    private static unsafe string? MacOS()
    {
        var length = (nuint)256;
        var text = stackalloc byte[(int)length];
        return SystemControl("machdep.cpu.brand_string", text, &length, null, 0) == 0 && length > 1 ? Encoding.UTF8.GetString(text, (int)length - 1) : null;
    }

    [SupportedOSPlatform("windows")]
    private static string? Windows() =>
        Registry.GetValue(@"HKEY_LOCAL_MACHINE\HARDWARE\DESCRIPTION\System\CentralProcessor\0", "ProcessorNameString", null) as string
        ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");

    [SupportedOSPlatform("macos")]
    [LibraryImport("libSystem.dylib", EntryPoint = "sysctlbyname", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int SystemControl(string name, byte* value, nuint* length, void* newValue, nuint newLength);
}
