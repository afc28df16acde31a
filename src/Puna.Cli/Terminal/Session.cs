namespace Puna.Cli.Terminal;

/// <summary>The streams of one run of the program, and what they are connected to.</summary>
/// <param name="Input">Standard input, as UTF-8.</param>
/// <param name="Output">Results.</param>
/// <param name="Error">Progress, logs and errors.</param>
/// <param name="Interrupts">Ctrl-C.</param>
internal sealed record Session(TextReader Input, TextWriter Output, TextWriter Error, Interrupts Interrupts)
{
    /// <summary>Whether a person types the input.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>The keys that the person presses, where lines can be edited: input and standard error are terminals that understand cursor movements.</summary>
    public IKeys? Keys { get; init; }

    /// <summary>Whether a person reads the results as they come.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether progress can be redrawn: standard error is a terminal that understands cursor movements.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether colours are wanted (NO_COLOR is not set) and possible.</summary>
    public bool HasColor { get; init; }

    /// <summary>Characters across, as of now.</summary>
    public Func<int> Width { get; init; } = () => 100;

    /// <summary>A line for people, beside the results.</summary>
    public void Log(string line) => Error.WriteLine(line);
}
