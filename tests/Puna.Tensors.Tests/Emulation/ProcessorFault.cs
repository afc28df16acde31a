namespace Puna.Tests.Tensors;

/// <summary>What a processor would have raised: an undefined instruction, a protection fault, an access outside the memory that was given.</summary>
internal sealed class ProcessorFault(string message) : Exception(message);
