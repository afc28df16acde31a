using System.Text;
using Spectre.Console;

namespace Puna.Cli.Terminal;

/// <summary>The session of the real console: UTF-8 whatever the locale says, output handed on at once so that text streams.</summary>
internal sealed class ConsoleSession : IDisposable
{
    private readonly Interrupts _interrupts = new();

    private ConsoleSession()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        if (OperatingSystem.IsWindows()) Console.OutputEncoding = utf8;
        var input = Console.IsInputRedirected
            ? new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false)
            : Console.In;
        var output = new StreamWriter(Console.OpenStandardOutput(), utf8) { AutoFlush = !Console.IsOutputRedirected };
        var error = new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true };
        var isTerminal = !Console.IsErrorRedirected && HasAnsi();
        Session = new Session(input, output, error, _interrupts)
        {
            InputIsTerminal = !Console.IsInputRedirected,
            Keys = isTerminal && !Console.IsInputRedirected ? new ConsoleKeys() : null,
            OutputIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = isTerminal,
            HasColor = isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            Width = Width,
        };
        _interrupts.Listen();
    }

    public Session Session { get; }

    public static ConsoleSession Open() => new();

    public void Dispose() => _interrupts.Dispose();

    /// <summary>Whether standard error understands escape sequences; on Windows this switches them on.</summary>
    private static bool HasAnsi() =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }).Profile.Capabilities.Ansi
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    private static int Width()
    {
        try
        {
            return Console.WindowWidth > 0 ? Console.WindowWidth : 100;
        }
        catch (IOException)
        {
            return 100;
        }
    }
}
