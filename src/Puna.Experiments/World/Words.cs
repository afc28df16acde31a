namespace Puna.Experiments.World;

/// <summary>The open word lists of the story world. All names begin with different letters; names in -a are women, in -o men.</summary>
internal static class Words
{
    public static readonly string[] People =
    [
        "Ama", "Beno", "Cusa", "Dalo", "Ena", "Filo", "Gala", "Huno", "Ila", "Jano", "Kora", "Lino",
        "Mika", "Nilo", "Ona", "Paco", "Rimo", "Sisa", "Tupo", "Uma", "Vito", "Wara", "Yaro", "Zola",
    ];

    public static readonly string[] Things =
    [
        "drum", "kite", "lamp", "cup", "bowl", "flute", "horn", "box", "doll", "fan", "harp", "jar", "key",
        "mug", "pipe", "sled", "comb", "boat", "cart", "toy", "vase", "net", "bell", "ladder",
    ];

    public static readonly string[] Places =
    [
        "mill", "lake", "well", "barn", "hut", "gate", "bridge", "den", "cave", "farm", "hill", "river",
        "tower", "shop", "pond", "camp", "inn", "wall", "ford", "spring", "oak", "yard",
    ];

    /// <summary>None begins with a vowel, so the article is always "a".</summary>
    public static readonly string[] Colours =
        ["red", "blue", "green", "black", "white", "brown", "pink", "gray", "gold", "silver", "yellow", "purple"];

    public static readonly string[] Times =
        ["One day", "One night", "Long ago", "At dawn", "In spring", "One cold day", "One warm day", "After the rain"];

    /// <summary>The feelings; which event causes which is written with the event. No event causes "puzzled" and "proud": a reader knows them, no story tells them.</summary>
    public static readonly string[] Feelings =
        ["sad", "upset", "cross", "puzzled", "worried", "amazed", "happy", "glad", "pleased", "proud", "keen"];

    /// <summary>"he" or "she".</summary>
    public static string Pronoun(string person) => person.EndsWith('a') ? "she" : "he";
}
