namespace Puna.Experiments.Runs;

/// <summary>
/// Memory of this process that is in RAM now: weights, gradients, moments, activations, data and the program itself. Asking the system costs some
/// ten microseconds, so it is asked once a second at most.
/// </summary>
public sealed class ResidentMemory
{
    private const long Milliseconds = 1000;
    private long _read = long.MinValue / 2;
    private long _bytes;

    /// <summary>Bytes, as of some time within the last second.</summary>
    public long Bytes
    {
        get
        {
            var now = Environment.TickCount64;
            if (now - _read >= Milliseconds) (_read, _bytes) = (now, Environment.WorkingSet);
            return _bytes;
        }
    }
}
