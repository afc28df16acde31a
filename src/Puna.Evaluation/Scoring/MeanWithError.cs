namespace Puna.Evaluation;

/// <summary>A mean over tokens, taken as independent of each other, and its standard error as llama-perplexity reckons it.</summary>
internal struct MeanWithError
{
    private const int FewestForError = 10;
    private double _sum, _squares;

    public long Count { get; private set; }

    public readonly double Value => _sum / Count;

    /// <summary>√((mean of squares − squared mean)/(n − 1)); 0 for ten values or fewer, and where rounding makes the variance negative.</summary>
    public readonly double Error
    {
        get
        {
            var variance = (_squares / Count) - (Value * Value);
            return variance > 0 && Count > FewestForError ? Math.Sqrt(variance / (Count - 1)) : 0;
        }
    }

    public void Add(double value)
    {
        _sum += value;
        _squares += value * value;
        Count++;
    }
}
