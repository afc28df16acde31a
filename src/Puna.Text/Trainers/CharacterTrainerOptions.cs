namespace Puna.Text;

/// <summary>How a character vocabulary is made. Ids: <c>&lt;unk&gt;</c> 0, <c>&lt;s&gt;</c> 1, <c>&lt;/s&gt;</c> 2, then the symbols, then the characters,
/// most frequent first.</summary>
public sealed record CharacterTrainerOptions
{
    /// <summary>Have <c>&lt;s&gt;</c> and <c>&lt;/s&gt;</c>; without them the symbols follow <c>&lt;unk&gt;</c> at once.</summary>
    public bool BeginAndEnd { get; init; } = true;

    /// <summary>Symbols that steer the model and are never made from text.</summary>
    public IReadOnlyList<string> ControlSymbols { get; init; } = [];

    /// <summary>Texts that are always one piece; without spaces.</summary>
    public IReadOnlyList<string> UserDefinedSymbols { get; init; } = [];
}
