using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Tensors;
using Puna.Training;

namespace Puna.Cli.Commands;

/// <summary><c>puna data inspect</c>: what is in a folder of shards, and whether it is whole.</summary>
internal static class DataInspectCommand
{
    public static Command Create(Session session)
    {
        var path = new Argument<string>("SHARDS") { Description = "A folder of shards, or one .shard file" };
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json("Print one JSON object with all counts");
        var verb = new Verb("inspect", "Show what shards hold and verify their checksums",
            "puna data inspect shards",
            "puna data inspect shards --json",
            "puna data inspect shards/train-00-00000.shard");
        verb.Arguments.Add(path);
        verb.Options.Add(threads);
        verb.Options.Add(json);
        return verb.Does(parsed =>
        {
            var what = parsed.GetValue(path)!;
            using var work = session.Interrupts.Begin();
            if (File.Exists(what))
            {
                using var shard = new ShardFile(what);
                shard.Verify(cancellation: work.Token);
                session.Interrupts.End();
                if (parsed.GetValue(json)) ShardReport.WriteJson(session.Output, shard);
                else ShardReport.Write(session.Output, shard);
                return ExitCodes.Done;
            }
            using var shards = ShardFolder.Open(what);
            shards.Verify(parsed.GetValue(threads) ?? ProcessorLimits.DefaultThreads(), session.ErrorIsTerminal ? new DisplayProgress(Displays.For(session)) : null, work.Token);
            session.Interrupts.End();
            if (parsed.GetValue(json)) ShardReport.WriteJson(session.Output, what, shards);
            else ShardReport.Write(session.Output, what, shards);
            return ExitCodes.Done;
        });
    }
}
