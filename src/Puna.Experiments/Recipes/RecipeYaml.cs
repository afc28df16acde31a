using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Puna.Experiments.Recipes;

/// <summary>YAML text as nodes that know their lines.</summary>
internal static class RecipeYaml
{
    private const int MaximumDepth = 16;

    /// <summary>The root node; null for a text without any.</summary>
    /// <exception cref="YamlException">The text is not YAML, or nested deeper than any recipe.</exception>
    public static YamlNode? Parse(string text)
    {
        CheckDepth(text);
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Count switch
        {
            0 => null,
            1 => stream.Documents[0].RootNode,
            _ => throw new YamlException(stream.Documents[1].RootNode.Start, stream.Documents[1].RootNode.End, "a second document begins; a recipe is one"),
        };
    }

    // Building nodes recurses, and a few thousand brackets would end the program; reading events does not.
    private static void CheckDepth(string text)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        while (parser.MoveNext())
        {
            depth += parser.Current is MappingStart or SequenceStart ? 1 : parser.Current is MappingEnd or SequenceEnd ? -1 : 0;
            if (depth > MaximumDepth) throw new YamlException(parser.Current!.Start, parser.Current.End, $"nested deeper than {MaximumDepth} levels");
        }
    }
}
