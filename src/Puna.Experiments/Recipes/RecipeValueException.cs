namespace Puna.Experiments.Recipes;

/// <summary>A value that a key cannot hold. The message says what it must be and what was found; who catches it adds the key and the place.</summary>
internal sealed class RecipeValueException(string message) : Exception(message)
{
    /// <summary>The usual message.</summary>
    public static RecipeValueException MustBe(string expected, string found) => new($"must be {expected}, not {found}");
}
