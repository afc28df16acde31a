namespace Puna.Training;

/// <summary>
/// Marks loss spikes: a step's loss above mean + 4·sd of the up to 50 losses before it, and at least 0.05 nats above that mean; asked only from the
/// twentieth loss on, since fewer say nothing about their spread. The spike itself joins the window, so a loss that stays high is marked once or twice.
/// </summary>
public sealed class LossSpikes
{
    /// <summary>k: standard deviations above the mean.</summary>
    public const double Deviations = 4;

    /// <summary>Losses looked back on.</summary>
    public const int Window = 50;

    /// <summary>Losses needed before any is called a spike.</summary>
    public const int Least = 20;

    /// <summary>Nats above the mean below which nothing is called a spike, however calm the losses were.</summary>
    public const double Floor = 0.05;

    private readonly Queue<double> _window = new(Window);

    /// <summary>Looks at the next loss and takes it into the window. A loss that is not finite is neither a spike nor remembered.</summary>
    /// <param name="loss">Nats.</param>
    /// <returns>Whether it is a spike.</returns>
    public bool Add(double loss)
    {
        if (!double.IsFinite(loss)) return false;
        var isSpike = _window.Count >= Least && loss > Limit();
        if (_window.Count == Window) _window.Dequeue();
        _window.Enqueue(loss);
        return isSpike;
    }

    private double Limit()
    {
        var (sum, squares) = (0.0, 0.0);
        foreach (var loss in _window) sum += loss;
        var mean = sum / _window.Count;
        foreach (var loss in _window) squares += (loss - mean) * (loss - mean);
        return mean + Math.Max(Floor, Deviations * Math.Sqrt(squares / _window.Count));
    }
}
