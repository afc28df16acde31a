using Puna.Experiments.Recipes;
using Puna.Models;

namespace Puna.Experiments.Suspects;

/// <summary>The defects by name, and putting one into a network.</summary>
internal static class ModelDefects
{
    /// <summary>As recipes spell them.</summary>
    public static (string Name, ModelDefect Value)[] Names { get; } =
    [
        ("none", ModelDefect.None),
        ("double_softmax", ModelDefect.DoubleSoftmax),
        ("targets_unshifted", ModelDefect.TargetsUnshifted),
        ("targets_two_ahead", ModelDefect.TargetsTwoAhead),
        ("mask_none", ModelDefect.MaskNone),
        ("mask_inverted", ModelDefect.MaskInverted),
        ("mask_self", ModelDefect.MaskSelf),
        ("no_positions", ModelDefect.NoPositions),
        ("input_lost", ModelDefect.InputLost),
    ];

    public static (string Name, DefectScope Value)[] Scopes { get; } = [("always", DefectScope.Always), ("training", DefectScope.Training), ("scoring", DefectScope.Scoring)];

    /// <summary>The network, or one that makes the recipe's mistake; that is said loudly.</summary>
    public static LanguageNetwork Apply(ModelSection section, LanguageNetwork network, IRunDisplay display)
    {
        if (section.Defect == ModelDefect.None) return network;
        var name = Names.First(pair => pair.Value == section.Defect).Name;
        var scope = section.DefectScope switch { DefectScope.Training => "in training", DefectScope.Scoring => "when it is scored", _ => "in training and when it is scored" };
        display.Say($"WARNING: this network makes a mistake on purpose (model.defect: {name}), {scope}");
        return new DefectiveNetwork(network, section.Defect, section.DefectScope);
    }
}
