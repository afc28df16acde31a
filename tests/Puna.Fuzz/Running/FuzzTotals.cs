namespace Puna.Fuzz;

/// <summary>What became of the inputs of one target.</summary>
internal sealed record FuzzTotals(string Target)
{
    public long Inputs { get; set; }

    public long PastHeader { get; set; }

    public long Read { get; set; }

    public long Refused { get; set; }

    /// <summary>Most bytes allocated for one input.</summary>
    public long LargestAllocation { get; set; }

    /// <summary>Bytes of the files of that input.</summary>
    public long ItsSize { get; set; }

    /// <summary>The largest share of what an input may allocate, 0 to 1.</summary>
    public double LargestShare { get; set; }

    public double SlowestMilliseconds { get; set; }

    /// <summary>Number of the slowest input.</summary>
    public long Slowest { get; set; }

    public void Add(FuzzOutcome outcome, long number)
    {
        Inputs++;
        if (outcome.IsPastHeader) PastHeader++;
        if (outcome.IsRead) Read++;
        else if (outcome.Finding is null) Refused++;
        if (outcome.Allocated > LargestAllocation) (LargestAllocation, ItsSize) = (outcome.Allocated, outcome.Size);
        LargestShare = Math.Max(LargestShare, (double)outcome.Allocated / outcome.Bound);
        if (outcome.Milliseconds > SlowestMilliseconds) (SlowestMilliseconds, Slowest) = (outcome.Milliseconds, number);
    }

    public void Add(FuzzTotals other)
    {
        Inputs += other.Inputs;
        PastHeader += other.PastHeader;
        Read += other.Read;
        Refused += other.Refused;
        if (other.LargestAllocation > LargestAllocation) (LargestAllocation, ItsSize) = (other.LargestAllocation, other.ItsSize);
        LargestShare = Math.Max(LargestShare, other.LargestShare);
        if (other.SlowestMilliseconds > SlowestMilliseconds) (SlowestMilliseconds, Slowest) = (other.SlowestMilliseconds, other.Slowest);
    }
}
