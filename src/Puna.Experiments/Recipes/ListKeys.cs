using YamlDotNet.RepresentationModel;

namespace Puna.Experiments.Recipes;

/// <summary>The three keys whose value is a list.</summary>
internal static class ListKeys
{
    private const string SourceType = "a list of { path: FILE, weight: NUMBER }";
    private const string SplitType = "two or three shares that sum to 1";
    private const string BetasType = "two numbers from 0 to 1 (excluded)";

    public static RecipeKey Train { get; } = new(
        "data.train", SourceType, "training text; a file name alone, or a list of them, will do", "[] (give --data FILE)", [],
        (recipe, node, folder) => recipe with { Data = recipe.Data with { Train = ReadSources(node, folder) } },
        recipe => $"[{string.Join(", ", recipe.Data.Train.Select(source => $"{{ path: {YamlText.Of(source.Path)}, weight: {YamlText.Of(source.Weight)} }}"))}]");

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

    private static ValueList<DataSource> ReadSources(YamlNode node, string folder) => node switch
    {
        YamlSequenceNode list => ValueList.Create<DataSource>([.. list.Children.Select(item => ReadSource(item, folder))]),
        _ => [ReadSource(node, folder)],
    };

    private static DataSource ReadSource(YamlNode node, string folder)
    {
        if (node is YamlScalarNode) return new DataSource(KeyTypes.FullPath(node, folder));
        if (node is not YamlMappingNode mapping) throw RecipeValueException.MustBe(SourceType, YamlValue.Show(node));
        string? path = null;
        var weight = 1.0;
        foreach (var (name, value) in mapping.Children)
            switch (YamlValue.Text(name))
            {
                case "path": path = KeyTypes.FullPath(value, folder); break;
                case "weight": weight = YamlValue.Number(value, NumberRange.Positive); break;
                case var other: throw new RecipeValueException($"has the key '{other}', which is neither path nor weight");
            }
        return path is null ? throw new RecipeValueException("has an entry without a path") : new DataSource(path, weight);
    }
}
