namespace Puna.Inference;

/// <summary>Says which tokens may come next in one output. Not safe for use by several threads; what is forked is independent.</summary>
public interface ITokenConstraint
{
    /// <summary>The tokens accepted so far, a stop id included.</summary>
    ReadOnlySpan<int> Tokens { get; }

    /// <summary>The ids that may come next: text that leads on, and the stop ids where the text may end. Valid for good. Empty after a stop id, and where no token of the
    /// vocabulary can go on.</summary>
    /// <exception cref="InvalidDataException">The text can be read in too many ways at once.</exception>
    TokenMask Allowed { get; }

    /// <summary>Whether the text satisfies the constraint as it is.</summary>
    bool MayEnd { get; }

    /// <summary>Appends a token.</summary>
    /// <exception cref="InvalidOperationException">It is not allowed here; nothing has changed.</exception>
    void Accept(int token);

    /// <summary>Forgets all but the first tokens, for example after a rejected draft.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    void Truncate(int count);

    /// <summary>Another one with the same tokens, for example for a beam.</summary>
    ITokenConstraint Fork();
}
