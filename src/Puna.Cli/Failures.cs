using System.Reflection;
using System.Text;

namespace Puna.Cli;

/// <summary>Turns an exception into one sentence on standard error and an exit code; a stack trace only on request.</summary>
internal static class Failures
{
    private const int MostLines = 100, LongestLine = 4000;

    public static int Report(Exception exception, TextWriter error, bool verbose)
    {
        var cause = CauseOf(exception);
        foreach (var line in SentenceOf(cause).ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(MostLines)) error.WriteLine($"puna: {Shown(line)}");
        if (verbose) error.WriteLine(exception);
        error.Flush();
        return CodeOf(cause);
    }

    public static int CodeOf(Exception exception) => exception switch
    {
        OperationCanceledException => ExitCodes.Stopped,
        InvalidDataException or FileNotFoundException or DirectoryNotFoundException or PathTooLongException or UnauthorizedAccessException or DecoderFallbackException => ExitCodes.Misuse,
        _ => ExitCodes.Failed,
    };

    private static string SentenceOf(Exception exception) => exception switch
    {
        OperationCanceledException => "stopped",
        DecoderFallbackException => "standard input is not UTF-8 text; convert it to UTF-8 (for example with iconv -f LATIN1 -t UTF-8)",
        InvalidDataException or IOException or UnauthorizedAccessException or ArithmeticException or InsufficientMemoryException => exception.Message,
        OutOfMemoryException => "memory ran out; give a smaller model, batch or context",
        _ => $"internal error, {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")} (again with --verbose for where; please report it)",
    };

    /// <summary>Sentences repeat names from files: no escape sequence in one reaches the terminal, and none fills it.</summary>
    private static string Shown(string line) => string.Concat((line.Length > LongestLine ? line[..LongestLine] + "…" : line).Select(c => char.IsControl(c) ? '\uFFFD' : c));

    private static Exception CauseOf(Exception exception) =>
        exception is AggregateException or TypeInitializationException or TargetInvocationException && exception.InnerException is { } inner ? CauseOf(inner) : exception;
}
