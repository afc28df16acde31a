using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Puna.Experiments.Recipes;

/// <summary>The keys that one file, or the options of the command line together, give. Names are looked up and checked here; values later, when it is known which ones count.</summary>
internal sealed class RecipeLayer(int number, string folder, RecipeProblems problems)
{
    private readonly Dictionary<RecipeKey, RecipeEntry> _entries = [];

    public IReadOnlyCollection<RecipeEntry> Entries => _entries.Values;

    /// <summary>The recipe that this one extends, if any.</summary>
    public RecipeEntry? Extends => _entries.GetValueOrDefault(RecipeKeys.Find("extends")!);

    /// <summary>Reads a whole file.</summary>
    public void AddFile(RecipeSource source)
    {
        try
        {
            var root = RecipeYaml.Parse(source.Text);
            if (root is null || YamlValue.IsNull(root)) return;
            if (root is YamlMappingNode mapping) AddMapping(mapping, "", node => $"{source.Label}:{node.Start.Line}", isSetting: false);
            else problems.Add($"{source.Label}:{root.Start.Line}", $"a recipe is a mapping of keys, not {YamlValue.Show(root)}");
        }
        catch (YamlException exception)
        {
            // An end that comes too early is reported on the line after the last.
            var line = Math.Min(exception.Start.Line, source.Text.TrimEnd().AsSpan().Count('\n') + 1);
            problems.Add($"{source.Label}:{line}", $"not YAML: {Reason(exception)}");
        }
    }

    /// <summary>Reads one <c>key=value</c> of the command line. The same key twice: the last one counts.</summary>
    public void AddSetting(string setting)
    {
        var where = $"--set {setting}";
        var equals = setting.IndexOf('=');
        if (equals <= 0)
        {
            problems.Add(where, "must be key=value, as in --set optimizer.learning_rate=3e-4");
            return;
        }
        YamlNode value;
        try
        {
            value = RecipeYaml.Parse(setting[(equals + 1)..]) ?? new YamlScalarNode("");
        }
        catch (YamlException)
        {
            // A path such as *.txt is no YAML; where the key holds no text, its type check says so.
            value = new YamlScalarNode(setting[(equals + 1)..]);
        }
        Add(setting[..equals].Trim(), value, where, _ => where, isSetting: true);
    }

    /// <summary>Adds a value that the program itself made.</summary>
    public void AddValue(string path, YamlNode value, string where) => Add(path, value, where, _ => where, isSetting: true);

    private void AddMapping(YamlMappingNode mapping, string prefix, Func<YamlNode, string> where, bool isSetting)
    {
        foreach (var (nameNode, value) in mapping.Children)
        {
            if (problems.IsFull)
            {
                problems.AddMore();
                return;
            }
            if (nameNode is YamlScalarNode { Value: { } name }) Add(prefix + name, value, where(nameNode), where, isSetting);
            else problems.Add(where(nameNode), "a key must be a name");
        }
    }

    private void Add(string name, YamlNode value, string where, Func<YamlNode, string> whereOf, bool isSetting)
    {
        if (RecipeKeys.Sections.Contains(name)) AddSection(name, value, where, whereOf, isSetting);
        else if (RecipeKeys.Find(name) is { } key && !(isSetting && key.Path == "extends")) AddKey(new RecipeEntry(key, name, value, where, number, folder), isSetting);
        else problems.Add(where, Unknown(name, value));
    }

    private void AddSection(string name, YamlNode value, string where, Func<YamlNode, string> whereOf, bool isSetting)
    {
        if (value is YamlMappingNode section) AddMapping(section, name + ".", whereOf, isSetting);
        else if (!YamlValue.IsNull(value)) problems.Add(where, $"{name} is a section and must be a mapping of keys, not {YamlValue.Show(value)}");
    }

    private void AddKey(RecipeEntry entry, bool isSetting)
    {
        var other = _entries.Values.FirstOrDefault(known => known.Key == entry.Key || known.Key.Covers.Contains(entry.Key.Path) || entry.Key.Covers.Contains(known.Key.Path));
        if (other is not null && !(isSetting && other.Spelling == entry.Spelling))
            problems.Add(entry.Where, $"{entry.Spelling} says what {other.Spelling} says ({other.Where}); keep one of them");
        _entries[entry.Key] = entry;
    }

    private static string Unknown(string name, YamlNode value)
    {
        if (name == "extends") return "extends belongs into a recipe file, not on the command line";
        if (value is YamlMappingNode && !name.Contains('.'))
            return $"{name} is not a section of a recipe; the nearest is {NearestKey.Of(name, RecipeKeys.Sections)}";
        return $"{name} is not a key of a recipe; the nearest is {NearestKey.Of(name).Path}";
    }

    private static string Reason(YamlException exception)
    {
        var text = (exception.InnerException ?? exception).Message.ReplaceLineEndings(" ");
        return char.ToLowerInvariant(text[0]) + text[1..].TrimEnd('.');
    }
}
