using YamlDotNet.RepresentationModel;

namespace Puna.Experiments.Recipes;

/// <summary>A key as some file or option gives it.</summary>
/// <param name="Key">The key.</param>
/// <param name="Spelling">Its name as written: nested or an alias.</param>
/// <param name="Node">The value.</param>
/// <param name="Where">File and line, or the option as it was typed.</param>
/// <param name="Layer">Number of the file or option list it comes from; higher beats lower.</param>
/// <param name="Folder">Where relative paths in the value are looked up.</param>
internal sealed record RecipeEntry(RecipeKey Key, string Spelling, YamlNode Node, string Where, int Layer, string Folder);
