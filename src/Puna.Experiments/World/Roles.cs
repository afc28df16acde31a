namespace Puna.Experiments.World;

/// <summary>Which word stands in which slot of a sentence. An absent slot reads as the empty string.</summary>
internal sealed class Roles
{
    private const string Slots = "XYTPCDFWH";

    private readonly string?[] _words = new string?[Slots.Length];

    public string this[char slot]
    {
        get => _words[Slots.IndexOf(slot)] ?? "";
        set => _words[Slots.IndexOf(slot)] = value;
    }

    public string X { get => this['X']; init => this['X'] = value; }
    public string Y { get => this['Y']; init => this['Y'] = value; }
    public string T { get => this['T']; init => this['T'] = value; }
    public string P { get => this['P']; init => this['P'] = value; }
    public string C { get => this['C']; init => this['C'] = value; }
    public string D { get => this['D']; init => this['D'] = value; }
    public string F { get => this['F']; init => this['F'] = value; }
    public string W { get => this['W']; init => this['W'] = value; }
    public string H { get => this['H']; init => this['H'] = value; }

    /// <summary>Whether there is a word for each of these slots.</summary>
    public bool Fill(string slots)
    {
        foreach (var slot in slots)
            if (_words[Slots.IndexOf(slot)] is null) return false;
        return true;
    }

    /// <summary>What a reader learns from a sentence with these slots.</summary>
    public Roles Only(string slots)
    {
        var some = new Roles();
        foreach (var slot in slots) some[slot] = this[slot];
        return some;
    }
}
