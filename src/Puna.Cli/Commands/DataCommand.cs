using System.CommandLine;
using Puna.Cli.Terminal;

namespace Puna.Cli.Commands;

/// <summary><c>puna data</c>: training data as tokenised shards.</summary>
internal static class DataCommand
{
    public static Command Create(Session session)
    {
        var verb = new Verb("data", "Clean and tokenise training data once, and look at what came of it",
            "puna data prepare --data articles.parquet books/ --output shards --deduplicate near",
            "puna data inspect shards");
        verb.Subcommands.Add(DataPrepareCommand.Create(session));
        verb.Subcommands.Add(DataInspectCommand.Create(session));
        return verb;
    }
}
