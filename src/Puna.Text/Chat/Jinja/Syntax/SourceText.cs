namespace Puna.Text.Jinja;

/// <summary>A template's text with its line ends made \n and without a last one, as Jinja2 reads it; and the places in it.</summary>
internal sealed class SourceText
{
    public SourceText(string source, string name)
    {
        Name = name;
        Text = source.Replace("\r\n", "\n").Replace('\r', '\n');
        if (Text.EndsWith('\n')) Text = Text[..^1];
    }

    public string Name { get; }

    public string Text { get; }

    public InvalidDataException Error(int position, string message)
    {
        var before = Text.AsSpan(0, Math.Min(position, Text.Length));
        return new InvalidDataException($"{Name}, line {before.Count('\n') + 1}, column {before.Length - before.LastIndexOf('\n')}: {message}");
    }
}
