using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Puna.Experiments.Recipes;

/// <summary>YAML text as nodes that know their lines.</summary>
internal static class RecipeYaml
{
    private const int MaximumDepth = 16;

    /// <summary>The root node; null for a text without any.</summary>
    /// <exception cref="YamlException">The text is not YAML, nested deeper than any recipe, or has aliases.</exception>
    public static YamlNode? Parse(string text)
    {
        var parser = new Parser(new StringReader(text));
        var stream = new YamlStream();
        try
        {
            CheckDepth(parser);
            stream.Load(new StringReader(text));
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException or OverflowException)
        {
            // the parser's own mistakes on text that is no YAML
            var at = parser.Current?.End ?? Mark.Empty;
            throw new YamlException(at, at, "what follows here cannot be read");
        }
        return stream.Documents.Count switch
        {
            0 => null,
            1 => stream.Documents[0].RootNode,
            _ => throw new YamlException(stream.Documents[1].RootNode.Start, stream.Documents[1].RootNode.End, "a second document begins; a recipe is one"),
        };
    }

    // Building nodes recurses, and a few thousand brackets would end the program; reading events does not.
    private static void CheckDepth(Parser parser)
    {
        var depth = 0;
        while (parser.MoveNext())
        {
            depth += parser.Current is MappingStart or SequenceStart ? 1 : parser.Current is MappingEnd or SequenceEnd ? -1 : 0;
            // a list that holds itself, or one twice that holds another twice …: nodes are compared part by part
            if (parser.Current is AnchorAlias alias) throw new YamlException(alias.Start, alias.End, $"the alias *{alias.Value} is not read in recipes; write out what it stands for");
            if (depth > MaximumDepth) throw new YamlException(parser.Current!.Start, parser.Current.End, $"nested deeper than {MaximumDepth} levels");
        }
    }
}
