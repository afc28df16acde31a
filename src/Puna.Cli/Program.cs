using System.CommandLine;
using Puna.Cli.Commands;
using Puna.Cli.Terminal;

namespace Puna.Cli;

/// <summary>The entry point: parse, call one verb, turn what went wrong into a sentence and an exit code.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        using var console = ConsoleSession.Open();
        return Run(args, console.Session);
    }

    /// <summary>Runs a command line on given streams, as a test does: nothing is a terminal.</summary>
    internal static int Run(string[] args, TextReader input, TextWriter output, TextWriter error, CancellationToken interrupt = default)
    {
        using var interrupts = new Interrupts(interrupt);
        return Run(args, new Session(input, output, error, interrupts));
    }

    private static int Run(string[] args, Session session)
    {
        var verbose = args.TakeWhile(argument => argument != "--").Contains("--verbose");
        try
        {
            var parsed = Verbs.Root(session).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            var code = ExitCodes.Done;
            if (UsageErrors.First(parsed) is { } mistake)
            {
                session.Error.WriteLine($"puna: {mistake}");
                code = ExitCodes.Misuse;
            }
            else
            {
                code = parsed.Invoke(new InvocationConfiguration { Output = session.Output, Error = session.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
            }
            session.Output.Flush(); // a full disk shows here at the latest
            return code;
        }
        catch (Exception exception)
        {
            return Failures.Report(exception, session.Error, verbose);
        }
    }
}
