using Puna.Tensors;

namespace Puna.Models;

/// <summary>B rows of T tokens in native memory, filled again for each step.</summary>
public sealed class TokenBatch
{
    private readonly Tensor? _documents;

    /// <summary>Memory for a batch.</summary>
    /// <param name="rows">B.</param>
    /// <param name="length">T.</param>
    /// <param name="hasDocuments">Whether rows hold several documents.</param>
    public TokenBatch(int rows, int length, bool hasDocuments)
    {
        (Rows, Length) = (rows, length);
        var shape = new Shape((long)rows * length);
        Ids = new Tensor(DType.Int32, shape);
        Labels = new Tensor(DType.Int32, shape);
        Positions = new Tensor(DType.Int32, shape);
        _documents = hasDocuments ? new Tensor(DType.Int32, shape) : null;
        Input = new ForwardInput(Ids, Positions, rows) { Documents = _documents };
    }

    /// <summary>B.</summary>
    public int Rows { get; }

    /// <summary>T.</summary>
    public int Length { get; }

    /// <summary>Int32 [B·T].</summary>
    public Tensor Ids { get; }

    /// <summary>Int32 [B·T], shifted.</summary>
    public Tensor Labels { get; }

    /// <summary>Int32 [B·T].</summary>
    public Tensor Positions { get; }

    /// <summary>What the network is given.</summary>
    public ForwardInput Input { get; }

    /// <summary>Labels that are not ignored.</summary>
    public int LabelCount
    {
        get
        {
            var count = 0;
            foreach (var label in Labels.Span<int>())
            {
                if (label != LogProb.Ignore) count++;
            }
            return count;
        }
    }

    /// <summary>Copies row <paramref name="source"/> of a store into row <paramref name="row"/>.</summary>
    public void SetRow(int row, TokenRows rows, int source)
    {
        var (from, to) = (source * Length, row * Length);
        rows.Ids.AsSpan(from, Length).CopyTo(Ids.Span<int>()[to..]);
        rows.Labels.AsSpan(from, Length).CopyTo(Labels.Span<int>()[to..]);
        rows.Positions.AsSpan(from, Length).CopyTo(Positions.Span<int>()[to..]);
        if (_documents is not null) rows.Documents.AsSpan(from, Length).CopyTo(_documents.Span<int>()[to..]);
    }

    /// <summary>Makes a row one that is not scored.</summary>
    public void ClearRow(int row)
    {
        var from = row * Length;
        Ids.Span<int>().Slice(from, Length).Clear();
        Labels.Span<int>().Slice(from, Length).Fill(LogProb.Ignore);
        Positions.Span<int>().Slice(from, Length).Clear();
        _documents?.Span<int>().Slice(from, Length).Clear();
    }
}
