using System.CommandLine;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Hub;

namespace Puna.Cli.Options;

/// <summary>What <c>--data</c> means in every verb: files as they are, and public data sets by name, fetched into the cache where they are not there yet.</summary>
internal static class DataFiles
{
    /// <summary>Files; a name of a data set became its file in the cache.</summary>
    /// <exception cref="InvalidDataException">A data set is not there and cannot be asked for.</exception>
    /// <exception cref="IOException">It cannot be fetched; the sentence says where to put it.</exception>
    public static string[] Of(ParseResult parsed, Option<string[]> data, Session session) => [.. (parsed.GetValue(data) ?? []).Select(given => Of(given, session))];

    /// <inheritdoc cref="Of(ParseResult, Option{string[]}, Session)"/>
    public static string Of(string given, Session session)
    {
        if (Path.Exists(given) || PublicDataset.Find(given) is not { } dataset) return given;
        using var work = session.Interrupts.Begin();
        var path = DatasetCache.From(Environment.GetEnvironmentVariable).Ensure(dataset, new TransferDisplay(session), work.Token);
        session.Interrupts.End();
        return path;
    }
}
