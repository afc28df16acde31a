using System.Text;
using Puna.Experiments.Recipes;
using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>Recipes.</summary>
internal sealed class YamlTarget : IFuzzTarget
{
    private static readonly string[] Shipped = ["quickstart", "tiny-llama", "student-shakespeare", "scaling-small-long", "llama-2-7b"];
    private static readonly WordMutator Words = new(
    [
        .. RecipeKeys.All.Select(key => key.Leaf), .. RecipeKeys.Sections, "extends", "quickstart", "true", "false", "null", "~", "0", "1", "-1", "1e999", ".inf", ".nan", "0x10", "9223372036854775807", "1e-3", "&a", "*a", "!!map", "!!binary", "<<",
        "? ", "- ", ": ", "| \n", "> \n", "---", "...", "{", "}", "[", "]", "{ a: b }", "[*a, *a]", "&a [*a]", "? &a [*a] : 1", "\"", "'", "#", "%YAML 1.2", "\t", "\n", "\n  ", "\n    ", "\r", "\0", "\u0085", "\uFEFF", "a.txt", "../x", "/", ",", "%", "-", "@", "`",
    ]);

    private readonly string[] _seeds = [.. Shipped.Select(name => RecipeCatalog.Text(name)!), RecipeWriter.ToYaml(RecipeLoader.Load("quickstart")), "a: &a [1, 2]\nb: &b [*a, *a]\nc: [*b, *b]\n"];

    public string Name => "yaml";

    public int Multiple => 64;

    public long Constant => 2 << 20;

    public byte[] Make(CounterRandom random)
    {
        var sound = random.Of(_seeds);
        var bytes = Encoding.UTF8.GetBytes(Words.Mutate(random, sound, random.Of(_seeds), isGentle: random.Next(2) == 0));
        return random.Next(16) == 0 ? BinaryMutator.Structure(random, bytes, Encoding.UTF8.GetBytes(sound)) : bytes;
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        RecipeLoader.Load(folder.Write("fuzz.yaml", bytes));
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => refusal is null || !(refusal.Contains("not YAML") || refusal.Contains("is not UTF-8"));
}
