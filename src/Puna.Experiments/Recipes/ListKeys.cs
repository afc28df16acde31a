using YamlDotNet.RepresentationModel;

namespace Puna.Experiments.Recipes;

/// <summary>The keys whose value is a list of numbers.</summary>
internal static class ListKeys
{
    private const string SplitType = "two or three shares that sum to 1";
    private const string BetasType = "two numbers from 0 to 1 (excluded)";

    public static RecipeKey Split { get; } = new(
        "data.split", SplitType, "shares for training, validation and test", null, [],
        (recipe, node, _) => recipe with { Data = recipe.Data with { Split = ReadSplit(node) } },
        recipe => $"[{YamlText.Of(recipe.Data.Split.Train)}, {YamlText.Of(recipe.Data.Split.Validation)}, {YamlText.Of(recipe.Data.Split.Test)}]");

    public static RecipeKey Betas { get; } = new(
        "optimizer.betas", BetasType, "decay of the mean of the gradients and of their squares", null, [],
        (recipe, node, _) =>
        {
            var items = YamlValue.Items(node, BetasType);
            if (items.Count != 2) throw RecipeValueException.MustBe(BetasType, YamlValue.Show(node));
            var first = YamlValue.Number(items[0], NumberRange.BelowOne);
            return recipe with { Optimizer = recipe.Optimizer with { Beta1 = first, Beta2 = YamlValue.Number(items[1], NumberRange.BelowOne) } };
        },
        recipe => $"[{YamlText.Of(recipe.Optimizer.Beta1)}, {YamlText.Of(recipe.Optimizer.Beta2)}]")
    {
        Covers = ["optimizer.beta1", "optimizer.beta2"],
    };

    private static DataSplit ReadSplit(YamlNode node)
    {
        var items = YamlValue.Items(node, SplitType);
        if (items.Count is not (2 or 3)) throw RecipeValueException.MustBe(SplitType, YamlValue.Show(node));
        var shares = items.Select(item => YamlValue.Number(item, NumberRange.Share)).ToArray();
        var sum = shares.Sum();
        if (Math.Abs(sum - 1) > 1e-6) throw RecipeValueException.MustBe(SplitType, $"{string.Join(" + ", shares.Select(YamlText.Of))} = {YamlText.Of(Math.Round(sum, 9))}");
        if (shares[0] == 0 || shares[1] == 0)
            throw new RecipeValueException("must leave something for training and for validation, which picks the best checkpoint");
        return new DataSplit(shares[0], shares[1], shares.Length == 3 ? shares[2] : 0);
    }
}
