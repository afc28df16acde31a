using System.Text.Json;
using Puna.Training;

namespace Puna.Experiments.Planning;

/// <summary>Where a plan takes its law of the loss from.</summary>
/// <param name="Name">What to call it.</param>
/// <param name="Law">The law.</param>
public sealed record LawSource(string Name, ScalingLaw Law)
{
    /// <summary>The laws known by name.</summary>
    public static IReadOnlyList<LawSource> All { get; } =
    [
        new("chinchilla", ScalingLaw.Chinchilla),
        new("besiroglu", ScalingLaw.Besiroglu),
    ];

    /// <summary>A law by name, or the one that <c>puna scaling</c> fitted.</summary>
    /// <param name="nameOrPath">A name, or the folder of a scaling run, or its result.json.</param>
    /// <exception cref="InvalidDataException">Neither, or a run without a fitted law.</exception>
    public static LawSource Find(string nameOrPath)
    {
        if (All.FirstOrDefault(law => law.Name.Equals(nameOrPath, StringComparison.OrdinalIgnoreCase)) is { } known) return known;
        var path = Directory.Exists(nameOrPath) ? Path.Combine(nameOrPath, "result.json") : nameOrPath;
        if (!File.Exists(path))
            throw new InvalidDataException($"there is no law '{nameOrPath}', neither by name nor as the folder of a finished scaling run; use {string.Join(", ", All.Select(law => law.Name))} or a folder that puna scaling made");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var law = json.RootElement.GetProperty("law");
            double Field(string name) => law.GetProperty(name).GetDouble();
            return new LawSource($"fitted in {nameOrPath}", new ScalingLaw(Field("e"), Field("a"), Field("b"), Field("alpha"), Field("beta")));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} holds no fitted law (an object 'law' with e, a, b, alpha, beta); a scaling run with three budgets or more writes one");
        }
    }
}
