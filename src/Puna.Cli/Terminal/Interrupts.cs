using System.Runtime.InteropServices;

namespace Puna.Cli.Terminal;

/// <summary>Ctrl-C and termination signals: the first cancels the work at hand, a second one, or one where nothing can be cancelled, ends the program.</summary>
internal sealed class Interrupts(CancellationToken outside = default) : IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];
    private CancellationTokenSource? _current;

    /// <summary>Starts to listen to the system.</summary>
    public void Listen()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
            _signals.Add(PosixSignalRegistration.Create(signal, context => context.Cancel = Interrupt()));
    }

    /// <summary>Begins work that may be cancelled; dispose what is returned when it is over.</summary>
    public CancellationTokenSource Begin()
    {
        var work = CancellationTokenSource.CreateLinkedTokenSource(outside);
        work.Token.Register(() => Interlocked.CompareExchange(ref _current, null, work));
        Volatile.Write(ref _current, work);
        return work;
    }

    /// <summary>The work is over: from now on a signal ends the program again.</summary>
    public void End() => Volatile.Write(ref _current, null);

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
    }

    /// <summary>Cancels the work at hand; false where there is none, or where it was cancelled already.</summary>
    private bool Interrupt()
    {
        if (Interlocked.Exchange(ref _current, null) is not { } work) return false;
        try
        {
            work.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return false; // it ended at this very moment
        }
        return true;
    }
}
