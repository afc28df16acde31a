using Iced.Intel;

namespace Puna.Tensors;

/// <summary>Assembled functions and whoever executes them: the processor, or in tests an interpreter for instructions that the machine lacks.</summary>
internal unsafe interface IEmittedFunctions
{
    /// <summary>Runs a function.</summary>
    /// <param name="function">Its number among those assembled together.</param>
    /// <param name="argument">What it is called with; stays where it is until the call returns.</param>
    void Call(int function, void* argument);
}

/// <summary>
/// Functions in executable memory. A call may take many microseconds, so the garbage collector is told that the thread is away: it need not
/// wait for the return. That costs some ten nanoseconds.
/// </summary>
internal sealed unsafe class EmittedFunctions : IEmittedFunctions
{
    private readonly delegate* unmanaged[SuppressGCTransition]<void*, void>[] _functions;

    /// <summary>Assembles them.</summary>
    /// <param name="bodies">Each writes its instructions, without a return.</param>
    /// <exception cref="InvalidOperationException">The system refuses executable memory.</exception>
    public EmittedFunctions(Action<Assembler>[] bodies) => _functions = EmittedCode.Assemble(bodies);

    /// <inheritdoc/>
    public void Call(int function, void* argument) => ((delegate* unmanaged<void*, void>)_functions[function])(argument);
}
