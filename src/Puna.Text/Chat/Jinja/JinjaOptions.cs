namespace Puna.Text.Jinja;

/// <summary>
/// What rendering may take. The counts are of the interpreter, not of the clock, so a template that runs here runs everywhere. Each character of
/// template and variables raises them, since a long conversation may take longer.
/// </summary>
public sealed record JinjaLimits
{
    /// <summary>The limits that are used where none are given.</summary>
    public static JinjaLimits Default { get; } = new();

    /// <summary>Steps: one for each expression and statement, one for every four characters that are copied, four for an element of a list.</summary>
    public long Steps { get; init; } = 5_000_000;

    /// <summary>Steps more for each character given.</summary>
    public int StepsPerCharacter { get; init; } = 64;

    /// <summary>Deepest nesting while running: of expressions, blocks and macros that call themselves.</summary>
    public int Depth { get; init; } = 1000;

    /// <summary>UTF-16 units of the output, and of any text on the way to it.</summary>
    public int Characters { get; init; } = 4_000_000;

    /// <summary>Units more for each one given.</summary>
    public int CharactersPerCharacter { get; init; } = 4;
}

/// <summary>What a template may ask of its surroundings, and how much it may take.</summary>
public sealed record JinjaOptions
{
    /// <summary>The options that are used where none are given.</summary>
    public static JinjaOptions Default { get; } = new();

    /// <summary>What <c>strftime_now</c> reads, local time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How much it may take.</summary>
    public JinjaLimits Limits { get; init; } = JinjaLimits.Default;
}
