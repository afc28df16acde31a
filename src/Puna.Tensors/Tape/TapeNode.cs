namespace Puna.Tensors;

/// <summary>What an operation remembers of its forward pass, and how it passes the gradient on. Objects are pooled by their <see cref="Tape"/>.</summary>
internal abstract class TapeNode
{
    /// <summary>Adds to the gradients of the inputs from the gradient of the output.</summary>
    public abstract void Backward(Tape tape);
}
