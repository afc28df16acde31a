using Puna.Models;
using Puna.Tensors;

namespace Puna.Training;

/// <summary>
/// AdamW with the global norm clipped first: factor min(1, limit / (norm + 1e-6)), then m, v and w in one pass over memory.
/// Equals torch.optim.AdamW after torch.nn.utils.clip_grad_norm_.
/// </summary>
public sealed class AdamW
{
    private readonly Device _device;
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly AdamWTensor[] _tensors;
    private readonly Tensor[] _gradients;

    /// <summary>Moments of zero for every parameter, and a gradient tensor for each.</summary>
    public AdamW(Device device, IReadOnlyList<Parameter> parameters, AdamWOptions options)
    {
        (_device, _parameters, Options) = (device, parameters, options);
        FirstMoments = [.. parameters.Select(parameter => new Tensor(parameter.Tensor.DType, parameter.Tensor.Shape))];
        SecondMoments = [.. parameters.Select(parameter => new Tensor(parameter.Tensor.DType, parameter.Tensor.Shape))];
        foreach (var parameter in parameters) parameter.Tensor.Gradient = new Tensor(parameter.Tensor.DType, parameter.Tensor.Shape);
        _tensors = [.. parameters.Select((parameter, i) => new AdamWTensor(parameter.Tensor, FirstMoments[i], SecondMoments[i], parameter.IsDecayed ? options.WeightDecay : 0))];
        _gradients = new Tensor[parameters.Count];
    }

    /// <summary>The settings.</summary>
    public AdamWOptions Options { get; }

    /// <summary>m of each parameter, in their order.</summary>
    public IReadOnlyList<Tensor> FirstMoments { get; }

    /// <summary>v of each parameter, in their order.</summary>
    public IReadOnlyList<Tensor> SecondMoments { get; }

    /// <summary>Begins a step: the next backward pass overwrites the gradients, those after it add to them.</summary>
    public void ClearGradients()
    {
        for (var i = 0; i < _parameters.Count; i++) _parameters[i].Tensor.IsGradientStale = true;
    }

    /// <summary>The global L2 norm of all gradients.</summary>
    public double GradientNorm()
    {
        SettleGradients();
        for (var i = 0; i < _gradients.Length; i++) _gradients[i] = _parameters[i].Tensor.Gradient!;
        return Math.Sqrt(SquaredNorm.Of(_device, _gradients));
    }

    /// <summary>A gradient that no pass has reached is zero.</summary>
    private void SettleGradients()
    {
        for (var i = 0; i < _parameters.Count; i++)
        {
            if (!_parameters[i].Tensor.IsGradientStale) continue;
            _parameters[i].Tensor.Gradient!.Clear();
            _parameters[i].Tensor.IsGradientStale = false;
        }
    }

    /// <summary>One update from the gradients that are there.</summary>
    /// <param name="step">1-based count of updates, for the bias corrections.</param>
    /// <param name="learningRate">lr of this step.</param>
    /// <param name="gradientNorm">From <see cref="GradientNorm"/>.</param>
    public void Step(int step, double learningRate, double gradientNorm)
    {
        var clip = Options.MaxGradientNorm > 0 ? Math.Min(1, Options.MaxGradientNorm / (gradientNorm + 1e-6)) : 1;
        AdamWUpdate.Apply(_device, new AdamWStep(learningRate, Options.Beta1, Options.Beta2, Options.Epsilon, clip, step), _tensors);
    }
}
