namespace Puna.Text.Jinja;

/// <summary>What a template wrote.</summary>
/// <param name="Text">The text.</param>
/// <param name="Given">The stretches of it, first to last and as UTF-16 units, that come from the variables; all else is the template's own. Only there do
/// control symbols mean what they spell.</param>
/// <param name="Generated">The stretches that were written inside <c>generation</c> blocks: what the assistant says.</param>
public sealed record JinjaRendering(string Text, IReadOnlyList<Range> Given, IReadOnlyList<Range> Generated)
{
    internal static JinjaRendering Of(TextValue text) => new(text.Text, text.Where(mark => !mark.IsTemplate), text.Where(mark => mark.IsAnswer));
}
