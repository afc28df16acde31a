using YamlDotNet.RepresentationModel;

namespace Puna.Experiments.Recipes;

/// <summary>The keys of <see cref="ScalingSection"/>, written only where they say something.</summary>
internal static class ScalingKeys
{
    private const string LadderType = "a list of { flops: NUMBER, widths: [NUMBER, …] }";
    private const string RunsType = "a list of { hidden_size: NUMBER, num_hidden_layers: NUMBER, tokens: NUMBER }";

    public static RecipeKey[] All() =>
    [
        new("scaling.ladder", LadderType, "compute budgets and the hidden sizes that puna scaling trains at each", "[]", [],
            (recipe, node, _) => recipe with { Scaling = recipe.Scaling with { Ladder = ValueList.Create<LadderBudget>([.. YamlValue.Items(node, LadderType).Select(ReadBudget)]) } },
            recipe => recipe.Scaling.Ladder.Count == 0 ? null : List(recipe.Scaling.Ladder, budget => $"{{ flops: {YamlText.Of(budget.Flops)}, widths: {List(budget.Widths, width => YamlText.Of(width))} }}")),
        new("scaling.runs", RunsType, "single runs that puna scaling trains and compares; without num_hidden_layers by the ladder's rule", "[]", [],
            (recipe, node, _) => recipe with { Scaling = recipe.Scaling with { Runs = ValueList.Create<SingleRun>([.. YamlValue.Items(node, RunsType).Select(ReadRun)]) } },
            recipe => recipe.Scaling.Runs.Count == 0 ? null : List(recipe.Scaling.Runs, run => $"{{ hidden_size: {YamlText.Of(run.Width)}, {(run.Layers is { } layers ? $"num_hidden_layers: {YamlText.Of(layers)}, " : "")}tokens: {YamlText.Of(run.Tokens)} }}")),
        new("scaling.serve_tokens", NumberRange.NotNegative.ToString(), "tokens served that single runs are compared at", "0", [],
            (recipe, node, _) => recipe with { Scaling = recipe.Scaling with { ServeTokens = YamlValue.Number(node, NumberRange.NotNegative) } },
            recipe => recipe.Scaling.ServeTokens == 0 ? null : YamlText.Of(recipe.Scaling.ServeTokens)),
        new("scaling.records", YamlValue.WholeType(0, 100), "lines of the world's register, facts to be remembered, after each story; 0: its interview", "0", [],
            (recipe, node, _) => recipe with { Scaling = recipe.Scaling with { Records = (int)YamlValue.Whole(node, 0, 100) } },
            recipe => recipe.Scaling.Records == 0 ? null : YamlText.Of(recipe.Scaling.Records)),
        new("scaling.heldout_stories", YamlValue.WholeType(1, int.MaxValue), "held-out stories that every run is scored on", "600", [],
            (recipe, node, _) => recipe with { Scaling = recipe.Scaling with { HeldOutStories = (int)YamlValue.Whole(node, 1, int.MaxValue) } },
            recipe => recipe.Scaling.HeldOutStories == new ScalingSection().HeldOutStories ? null : YamlText.Of(recipe.Scaling.HeldOutStories)),
    ];

    private static LadderBudget ReadBudget(YamlNode node)
    {
        var fields = new MappingFields(node, LadderType, "flops", "widths");
        var widths = YamlValue.Items(fields["widths"], "a list of hidden sizes").Select(width => (int)YamlValue.Whole(width, 1, 1 << 20)).ToArray();
        if (widths.Length == 0) throw new RecipeValueException("has a budget without widths");
        if (widths.Distinct().Count() < widths.Length) throw new RecipeValueException("has a width twice in one budget");
        return new LadderBudget(YamlValue.Number(fields["flops"], NumberRange.Positive), ValueList.Create<int>(widths));
    }

    private static SingleRun ReadRun(YamlNode node)
    {
        var fields = new MappingFields(node, RunsType, "hidden_size", "num_hidden_layers", "tokens");
        int? layers = fields.Find("num_hidden_layers") is { } given ? (int)YamlValue.Whole(given, 1, 10_000) : null;
        return new SingleRun((int)YamlValue.Whole(fields["hidden_size"], 1, 1 << 20), layers, YamlValue.Number(fields["tokens"], NumberRange.Positive));
    }

    private static string List<T>(IEnumerable<T> items, Func<T, string> text) => $"[{string.Join(", ", items.Select(text))}]";
}
