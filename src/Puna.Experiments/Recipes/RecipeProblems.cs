namespace Puna.Experiments.Recipes;

/// <summary>Collects what is wrong with a recipe, so that one run of the program names it all.</summary>
internal sealed class RecipeProblems
{
    private readonly List<string> _lines = [];

    public int Count => _lines.Count;

    /// <summary>Notes one problem.</summary>
    /// <param name="where">File and line, or the option as it was typed.</param>
    /// <param name="sentence">The key and what is wrong with it.</param>
    public void Add(string where, string sentence) => _lines.Add($"{where}: {sentence}");

    public void Add(string sentence) => _lines.Add(sentence);

    /// <summary>Throws when anything was noted, with one line a problem.</summary>
    /// <exception cref="InvalidDataException">At least one problem.</exception>
    public void ThrowIfAny()
    {
        if (_lines.Count > 0) throw new InvalidDataException(string.Join('\n', _lines.Distinct()));
    }
}
