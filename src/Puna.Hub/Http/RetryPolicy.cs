namespace Puna.Hub;

/// <summary>How often a request that failed in passing is repeated, and after what pauses: 1, 2, 4, 8, 8 seconds, or as long as the server asks for.</summary>
public sealed record RetryPolicy
{
    /// <summary>Repetitions in a row that bring nothing.</summary>
    public int Most { get; init; } = 5;

    /// <summary>Pause before the first repetition; each is twice the one before.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause of our own.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>The longest pause a server may ask for; a longer one ends the transfer.</summary>
    public TimeSpan LongestAsked { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a connection may be silent.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Waits; replaced by tests.</summary>
    internal Func<TimeSpan, CancellationToken, Task> Wait { get; init; } = Task.Delay;

    /// <summary>The pause before a repetition.</summary>
    /// <param name="repetition">0 for the first.</param>
    /// <param name="asked">What the server asks for (Retry-After).</param>
    internal Task PauseAsync(int repetition, TimeSpan? asked, CancellationToken cancellation)
    {
        var own = First * Math.Pow(2, Math.Min(repetition, 16));
        return Wait(asked ?? (own < Longest ? own : Longest), cancellation);
    }
}
