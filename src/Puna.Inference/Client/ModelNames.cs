namespace Puna.Inference;

/// <summary>A call may name the model it wants; here there is one.</summary>
internal static class ModelNames
{
    /// <exception cref="InvalidDataException">Another model is named.</exception>
    public static void Require(LlamaModel model, string? wanted)
    {
        if (wanted is null || wanted == model.Name || wanted == model.Path) return;
        throw new InvalidDataException($"ModelId asks for '{wanted}', and this is {model.Name}; load the other with LlamaModel.Load, or leave ModelId null");
    }
}
