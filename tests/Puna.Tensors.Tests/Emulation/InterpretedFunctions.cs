using Iced.Intel;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Emitted functions that an interpreter executes, on any processor and from several threads.</summary>
internal sealed unsafe class InterpretedFunctions(Action<Assembler>[] bodies, bool windows) : IEmittedFunctions
{
    private readonly byte[][] _code = [.. bodies.Select(body => EmittedCode.Write(body, windows))];

    /// <summary>Memory that the functions may touch beside argument and stack; everything where empty.</summary>
    public List<(nint First, long Bytes)> Allowed { get; } = [];

    /// <summary>Bytes of the argument.</summary>
    public int ArgumentBytes { get; init; } = sizeof(AmxTileArguments);

    public void Call(int function, void* argument)
    {
        var interpreter = new CodeInterpreter(_code[function], windows);
        if (Allowed.Count > 0) interpreter.Allowed.AddRange([.. Allowed, ((nint)argument, ArgumentBytes)]);
        interpreter.Call(argument);
    }
}
