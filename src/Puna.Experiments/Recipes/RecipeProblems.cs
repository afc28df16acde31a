namespace Puna.Experiments.Recipes;

/// <summary>Collects what is wrong with a recipe, so that one run of the program names it all.</summary>
internal sealed class RecipeProblems
{
    private const int Most = 50;
    private readonly List<string> _lines = [];

    public int Count => _lines.Count;

    /// <summary>Notes one problem.</summary>
    /// <param name="where">File and line, or the option as it was typed.</param>
    /// <param name="sentence">The key and what is wrong with it.</param>
    public void Add(string where, string sentence) => Add($"{where}: {sentence}");

    public void Add(string sentence)
    {
        if (IsFull) AddMore();
        else _lines.Add(sentence);
    }

    /// <summary>Says once that there are more than as many as anyone reads.</summary>
    public void AddMore()
    {
        if (_lines.Count == Most) _lines.Add("… and more; this is hardly a recipe");
    }

    /// <summary>Whether there are as many as anyone reads.</summary>
    public bool IsFull => _lines.Count >= Most;

    /// <summary>Throws when anything was noted, with one line a problem.</summary>
    /// <exception cref="InvalidDataException">At least one problem.</exception>
    public void ThrowIfAny()
    {
        if (_lines.Count > 0) throw new InvalidDataException(string.Join('\n', _lines.Distinct()));
    }
}
