using System.CommandLine;
using Puna.Inference;

namespace Puna.Cli.Options;

/// <summary>What verbs that run a model ask of its engine.</summary>
internal sealed class EngineArguments
{
    private readonly Option<string?> _cacheType = new("--cache-type") { Description = $"How keys and values are kept: {CacheTypes.Names} (default: what the engine does best)", HelpName = "TYPE" };
    private readonly Option<string?> _repack = new("--repack") { Description = "Copy weights into the order that the kernels read fastest: auto where it pays, off never (default: auto)", HelpName = "auto|off" };

    public IReadOnlyList<Option> Options => [_cacheType, _repack];

    /// <summary>What was given, for a context of so many positions.</summary>
    /// <exception cref="InvalidDataException">A name that there is not.</exception>
    public EngineOptions Of(ParseResult parsed, int contextLength) => new()
    {
        ContextLength = contextLength,
        CacheType = parsed.GetValue(_cacheType) is { } type ? CacheTypes.ByName(type) : null,
        Repack = parsed.GetValue(_repack) switch
        {
            null or "auto" => RepackMode.Auto,
            "off" => RepackMode.Off,
            var other => throw new InvalidDataException($"--repack {other}: use auto or off"),
        },
    };
}
