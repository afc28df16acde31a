namespace Puna.Text;

/// <summary>Decides by rule whether a document is worth training on, and may clean it first. Safe for use by several threads.</summary>
public abstract class QualityFilter
{
    /// <summary>The name in recipes.</summary>
    public abstract string Name { get; }

    /// <summary>Every reason this filter can give, in a fixed order.</summary>
    public abstract IReadOnlyList<string> Reasons { get; }

    /// <summary>Checks a document.</summary>
    /// <param name="text">The document; a filter that cleans puts what is left in its place.</param>
    /// <returns>Null to keep it, else which of <see cref="Reasons"/> speaks against it.</returns>
    public abstract string? Reject(ref string text);

    /// <summary>All filters, in the order in which they are applied.</summary>
    public static IReadOnlyList<QualityFilter> All { get; } = [new C4Filter(), new GopherQualityFilter(), new GopherRepetitionFilter()];

    /// <summary>The filter of a name, or null.</summary>
    public static QualityFilter? Find(string name) => All.FirstOrDefault(filter => filter.Name == name);
}
