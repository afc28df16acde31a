using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Puna.Inference;

/// <summary>A request that a <see cref="BatchScheduler"/> has taken. May be used from any thread.</summary>
public sealed class ScheduledRequest
{
    private readonly Channel<int> _tokens = Channel.CreateUnbounded<int>(new UnboundedChannelOptions { SingleWriter = true });
    private readonly Channel<TokenLogProbability> _logProbabilities = Channel.CreateUnbounded<TokenLogProbability>(new UnboundedChannelOptions { SingleWriter = true });
    private readonly TaskCompletionSource<RequestStatistics> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action _wake;
    private CancellationTokenRegistration _cancellation;
    private volatile bool _isCancelled;

    internal ScheduledRequest(SchedulerRequest request, Action wake) => (Request, _wake) = (request, wake);

    /// <summary>What was asked for.</summary>
    public SchedulerRequest Request { get; }

    /// <summary>Its tokens as they come, for whoever wants to read them without waiting. Ends with the request; with an error where it failed or was closed.</summary>
    public ChannelReader<int> Tokens => _tokens.Reader;

    /// <summary>Of each token, where <see cref="SchedulerRequest.LogProbabilities"/> asks for them; a token's is there before the token.</summary>
    public ChannelReader<TokenLogProbability> LogProbabilities => _logProbabilities.Reader;

    /// <summary>Is there when the request has ended, however it ended; never fails.</summary>
    public Task<RequestStatistics> Completion => _completion.Task;

    /// <summary>Whether it was cancelled, or will be after the present step.</summary>
    public bool IsCancelled => _isCancelled;

    /// <summary>Ends it after the present step of the engine; at once where it still waits.</summary>
    public void Cancel()
    {
        if (_isCancelled) return;
        _isCancelled = true;
        _wake();
    }

    /// <summary>Its tokens as they come. Who stops reading before the end cancels the request.</summary>
    /// <param name="cancellation">Stops the reading, and with it the request.</param>
    /// <exception cref="InvalidDataException">The request failed: its logits are no finite numbers.</exception>
    /// <exception cref="InsufficientMemoryException">The request failed: not even alone does it fit into the cache.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled, or the scheduler was closed before the request was done.</exception>
    public async IAsyncEnumerable<int> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        try
        {
            while (await _tokens.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false))
                while (_tokens.Reader.TryRead(out var token)) yield return token;
        }
        finally
        {
            if (!_completion.Task.IsCompleted) Cancel();
        }
    }

    /// <summary>All its tokens, when it has ended.</summary>
    /// <inheritdoc cref="ReadAllAsync"/>
    public async Task<int[]> CompleteAsync(CancellationToken cancellation = default)
    {
        var tokens = new List<int>();
        await foreach (var token in ReadAllAsync(cancellation).ConfigureAwait(false)) tokens.Add(token);
        return [.. tokens];
    }

    internal void CancelWith(CancellationToken cancellation) => _cancellation = cancellation.UnsafeRegister(static request => ((ScheduledRequest)request!).Cancel(), this);

    internal void Deliver(int token, TokenLogProbability? logProbability)
    {
        if (logProbability is not null) _logProbabilities.Writer.TryWrite(logProbability);
        _tokens.Writer.TryWrite(token);
    }

    internal void Finish(RequestStatistics statistics, Exception? error)
    {
        _cancellation.Unregister(); // without waiting for a callback that runs
        _completion.TrySetResult(statistics);
        _logProbabilities.Writer.TryComplete();
        _tokens.Writer.TryComplete(error);
    }
}
