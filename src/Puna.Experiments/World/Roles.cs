namespace Puna.Experiments.World;

/// <summary>Which word stands in which slot of a sentence. An absent slot reads as the empty string.</summary>
internal sealed class Roles
{
    private readonly Dictionary<string, string> _words = [];

    public string this[string slot]
    {
        get => _words.GetValueOrDefault(slot, "");
        set => _words[slot] = value;
    }

    public string X { get => this["X"]; init => this["X"] = value; }
    public string Y { get => this["Y"]; init => this["Y"] = value; }
    public string T { get => this["T"]; init => this["T"] = value; }
    public string U { get => this["U"]; init => this["U"] = value; }
    public string P { get => this["P"]; init => this["P"] = value; }
    public string C { get => this["C"]; init => this["C"] = value; }
    public string D { get => this["D"]; init => this["D"] = value; }
    public string F { get => this["F"]; init => this["F"] = value; }
    public string W { get => this["W"]; init => this["W"] = value; }
    public string H { get => this["H"]; init => this["H"] = value; }

    public bool Has(string slot) => _words.ContainsKey(slot);
}
