namespace Puna.Inference;

/// <summary>A mean over the last seconds of work: what lies further back counts e times less for each <see cref="Memory"/>.</summary>
internal struct RecentRate
{
    /// <summary>Seconds.</summary>
    private const double Memory = 5;

    private double _count, _seconds;

    /// <summary>So much was done in so many seconds.</summary>
    public void Add(long count, double seconds)
    {
        var left = Math.Exp(-seconds / Memory);
        _count = (_count * left) + count;
        _seconds = (_seconds * left) + seconds;
    }

    /// <summary>How much a second.</summary>
    public readonly double PerSecond => _seconds > 0 ? _count / _seconds : 0;
}
