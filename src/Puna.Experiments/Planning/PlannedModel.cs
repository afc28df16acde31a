using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Models;
using Puna.Tensors;
using Puna.Training;

namespace Puna.Experiments.Planning;

/// <summary>The network of a recipe before there is a tokenizer, and the refusal of one that is only to be planned.</summary>
public static class PlannedModel
{
    /// <summary>Size of a vocabulary of characters while nobody has read the text.</summary>
    public const int AssumedCharacters = 100;

    /// <summary>The network.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="vocabularySize">Pieces.</param>
    /// <exception cref="InvalidDataException">Sizes that do not go together.</exception>
    public static IModelConfig Of(Recipe recipe, int vocabularySize) => NetworkConfig.Of(recipe, vocabularySize);

    /// <summary>Refuses to run a recipe that is only to be planned, with what it would need and what is there.</summary>
    /// <exception cref="InvalidDataException">The recipe says <c>plan.only</c>.</exception>
    public static void RefuseToRun(Recipe recipe)
    {
        if (!recipe.Plan.Only) return;
        var memory = MemoryPlan.For(Of(recipe, recipe.Tokenizer.VocabSize ?? AssumedCharacters), recipe.Training.BatchSize, recipe.Data.SequenceLength, 0);
        throw new InvalidDataException($"the recipe '{recipe.Name}' is to be planned, not run: training it here would take {Figures.Bytes(memory.Total)} of memory "
            + $"(weights {Figures.Bytes(memory.Weights)}, gradients {Figures.Bytes(memory.Gradients)}, moments {Figures.Bytes(memory.Moments)}, activations {Figures.Bytes(memory.Activations)}) where {Figures.Bytes(ProcessorLimits.TotalMemoryBytes)} are, "
            + $"and {Figures.Significant((double)recipe.TokensPerStep * recipe.Training.Steps / 1e12)} T tokens; see: puna plan {recipe.Name}");
    }
}
