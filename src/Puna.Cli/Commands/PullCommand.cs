using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Hub;

namespace Puna.Cli.Commands;

/// <summary><c>puna pull</c>: a model from a hub, or a public data set, onto this machine.</summary>
internal static class PullCommand
{
    public static Command Create(Session session)
    {
        var name = new Argument<string?>("NAME") { Description = "A model, OWNER/NAME; or a public data set", Arity = ArgumentArity.ZeroOrOne };
        var revision = new Option<string?>("--revision") { Description = "A branch, a tag or a commit (default main)", HelpName = "REV" };
        var output = CommonOptions.Output("The folder (default: one of the model's name here; a data set stays in the cache)");
        var include = HubArguments.List("--include", "Files to take, by patterns over the whole path (default: those that this build reads)", "PATTERN");
        var exclude = HubArguments.List("--exclude", "Files to leave out of them", "PATTERN");
        var all = new Option<bool>("--all") { Description = "Take every file of the repository" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace files of the same names that have another content" };
        var hub = new HubArguments();
        var json = CommonOptions.Json("Print one JSON object with the files and their checksums, and nothing else there");
        var verb = new Verb("pull", "Fetch a model from a hub, or a public data set by name",
            "puna pull HuggingFaceTB/SmolLM2-135M",
            "puna pull OWNER/NAME --revision v1.0 --output models/name",
            "puna pull OWNER/NAME --include '*Q4_K_M.gguf'",
            "puna pull tinyshakespeare")
        {
            Remarks = $"Goes on where an earlier pull broke, checks every file, and shows the licence. Private and gated models need a token in HF_TOKEN (or .env, or the usual cache file). Data sets: {Names}.",
        };
        verb.Arguments.Add(name);
        foreach (var option in (Option[])[revision, output, include, exclude, all, overwrite]) verb.Options.Add(option);
        hub.AddTo(verb);
        verb.Options.Add(json);
        return verb.Does(parsed =>
        {
            var given = parsed.GetValue(name) ?? throw new InvalidDataException($"pull needs a name: puna pull OWNER/NAME for a model, or a data set ({Names})");
            var selection = new FileSelection(parsed.GetValue(include)!, parsed.GetValue(exclude)!, parsed.GetValue(all));
            var display = new TransferDisplay(session);
            using var work = session.Interrupts.Begin();
            if (PublicDataset.Find(given) is { } dataset)
            {
                if (selection is not { Include.Count: 0, Exclude.Count: 0, All: false } || parsed.GetValue(revision) is not null) throw new InvalidDataException($"{dataset.Name} is a data set of one file; --revision, --include, --exclude and --all are for models");
                var file = DatasetCache.From(Environment.GetEnvironmentVariable).Place(dataset, parsed.GetValue(output), parsed.GetValue(overwrite), display, work.Token);
                session.Interrupts.End();
                if (parsed.GetValue(json)) TransferReport.WriteJson(session.Output, dataset, file);
                else session.Output.WriteLine(file);
                return ExitCodes.Done;
            }
            var options = new PullOptions(ModelName.Parse(given)) { Revision = parsed.GetValue(revision) ?? "main", Output = parsed.GetValue(output), Selection = selection, Overwrite = parsed.GetValue(overwrite) };
            var result = PullRun.Run(options, hub.Of(parsed), display, work.Token);
            session.Interrupts.End();
            if (parsed.GetValue(json)) TransferReport.WriteJson(session.Output, options.Name, result);
            else session.Output.WriteLine(result.Folder);
            return ExitCodes.Done;
        });
    }

    private static string Names => string.Join(", ", PublicDataset.All.Select(dataset => dataset.Name));
}
