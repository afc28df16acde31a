namespace Puna.Experiments.Tests.World;

/// <summary>The words of the story world as a reader of its stories knows them.</summary>
internal static class StoryWords
{
    public static readonly IReadOnlyList<string> People =
    [
        "Ama", "Beno", "Cusa", "Dalo", "Ena", "Filo", "Gala", "Huno", "Ila", "Jano", "Kora", "Lino",
        "Mika", "Nilo", "Ona", "Paco", "Rimo", "Sisa", "Tupo", "Uma", "Vito", "Wara", "Yaro", "Zola",
    ];

    public static readonly IReadOnlyList<string> Things =
    [
        "drum", "kite", "lamp", "cup", "bowl", "flute", "horn", "box", "doll", "fan", "harp", "jar", "key",
        "mug", "pipe", "sled", "comb", "boat", "cart", "toy", "vase", "net", "bell", "ladder",
    ];

    public static readonly IReadOnlyList<string> Places =
    [
        "mill", "lake", "well", "barn", "hut", "gate", "bridge", "den", "cave", "farm", "hill", "river",
        "tower", "shop", "pond", "camp", "inn", "wall", "ford", "spring", "oak", "yard",
    ];

    public static readonly IReadOnlyList<string> Colours =
        ["red", "blue", "green", "black", "white", "brown", "pink", "gray", "gold", "silver", "yellow", "purple"];

    public static readonly (string Name, IReadOnlyList<string> Members)[] Classes =
        [("people", People), ("things", Things), ("colours", Colours), ("places", Places)];
}
