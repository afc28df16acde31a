using System.Globalization;
using Puna.Inference;

namespace Puna.Cli.Talking;

/// <summary>What <c>/set</c> can set.</summary>
internal static class ChatSettings
{
    private static readonly Dictionary<string, Setting> All = new()
    {
        ["temperature"] = Real(chat => chat.Sampling.Temperature, (sampling, value) => sampling with { Temperature = value }),
        ["top-k"] = Whole(chat => chat.Sampling.TopK, (sampling, value) => sampling with { TopK = value }),
        ["top-p"] = Real(chat => chat.Sampling.TopP, (sampling, value) => sampling with { TopP = value }),
        ["min-p"] = Real(chat => chat.Sampling.MinP, (sampling, value) => sampling with { MinP = value }),
        ["repetition-penalty"] = Real(chat => chat.Sampling.RepetitionPenalty, (sampling, value) => sampling with { RepetitionPenalty = value }),
        ["frequency-penalty"] = Real(chat => chat.Sampling.FrequencyPenalty, (sampling, value) => sampling with { FrequencyPenalty = value }),
        ["presence-penalty"] = Real(chat => chat.Sampling.PresencePenalty, (sampling, value) => sampling with { PresencePenalty = value }),
        ["seed"] = new(chat => Text(chat.Sampling.Seed), (chat, text) => Change(chat, chat.Sampling with { Seed = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : throw Wrong("seed", text, "a whole number of at least 0") })),
        ["max-tokens"] = new(chat => chat.Limits.MaxOutputTokens is { } most ? Text(most) : "what the context leaves", (chat, text) => chat.Limits = chat.Limits with { MaxOutputTokens = Parse(text, 1) ?? throw Wrong("max-tokens", text, "a whole number of at least 1") }),
    };

    /// <summary>All of them as they are.</summary>
    public static string Show(ChatSession chat) => string.Join(", ", All.Select(setting => $"{setting.Key} {setting.Value.Get(chat)}"));

    /// <summary>Sets one from «NAME VALUE».</summary>
    /// <returns>What holds now.</returns>
    /// <exception cref="InvalidDataException">There is no such name, or the value is out of range; nothing is changed then.</exception>
    public static string Set(ChatSession chat, string words)
    {
        var parts = words.Split((char[])[' ', '='], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts is not [var name, var value]) throw new InvalidDataException("say /set NAME VALUE, as in /set temperature 0.5");
        name = name.Replace('_', '-');
        if (!All.TryGetValue(name, out var setting)) throw new InvalidDataException($"there is no setting '{name}'; there are {string.Join(", ", All.Keys)}");
        setting.Apply(chat, value);
        return $"{name} {setting.Get(chat)}";
    }

    private static Setting Real(Func<ChatSession, double> get, Func<SamplingOptions, double, SamplingOptions> set) => new(chat => Text(get(chat)), (chat, text) =>
        Change(chat, set(chat.Sampling, double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : throw new InvalidDataException($"'{text}' is not a number"))));

    private static Setting Whole(Func<ChatSession, int> get, Func<SamplingOptions, int, SamplingOptions> set) => new(chat => Text(get(chat)), (chat, text) =>
        Change(chat, set(chat.Sampling, Parse(text, 0) ?? throw new InvalidDataException($"'{text}' is not a whole number of at least 0"))));

    private static void Change(ChatSession chat, SamplingOptions sampling)
    {
        SamplingRange.Require(sampling);
        chat.Sampling = sampling;
    }

    private static int? Parse(string text, int least) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least ? value : null;

    private static InvalidDataException Wrong(string name, string text, string wanted) => new($"{name} '{text}' is not {wanted}");

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private sealed record Setting(Func<ChatSession, string> Get, Action<ChatSession, string> Apply);
}
