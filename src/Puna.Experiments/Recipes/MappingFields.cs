using YamlDotNet.RepresentationModel;

namespace Puna.Experiments.Recipes;

/// <summary>The fields of a small mapping inside a list: each must be known, and those asked for must be there.</summary>
internal sealed class MappingFields
{
    private readonly Dictionary<string, YamlNode> _fields = [];

    /// <summary>Takes a mapping apart.</summary>
    /// <exception cref="RecipeValueException">It is none, or has a field that is not known.</exception>
    public MappingFields(YamlNode node, string type, params string[] known)
    {
        if (node is not YamlMappingNode mapping) throw RecipeValueException.MustBe(type, YamlValue.Show(node));
        foreach (var (name, value) in mapping.Children)
        {
            var field = YamlValue.Text(name);
            if (!known.Contains(field)) throw new RecipeValueException($"has the key '{field}', which is none of {string.Join(", ", known)}");
            _fields[field] = value;
        }
    }

    /// <summary>A field that must be there.</summary>
    public YamlNode this[string name] => _fields.TryGetValue(name, out var value) ? value : throw new RecipeValueException($"has an entry without {name}");

    /// <summary>A field that may be missing.</summary>
    public YamlNode? Find(string name) => _fields.GetValueOrDefault(name);
}
