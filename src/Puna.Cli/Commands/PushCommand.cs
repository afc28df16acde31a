using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Publishing;
using Puna.Experiments.Runs;
using Puna.Hub;

namespace Puna.Cli.Commands;

/// <summary><c>puna push</c>: a model from this machine to a hub.</summary>
internal static class PushCommand
{
    public static Command Create(Session session)
    {
        var path = new Argument<string?>("PATH") { Description = "A model folder or file, or a run folder for its model", Arity = ArgumentArity.ZeroOrOne };
        var name = new Argument<string?>("NAME") { Description = "The model on the hub, OWNER/NAME; made where it is not there", Arity = ArgumentArity.ZeroOrOne };
        var isPrivate = new Option<bool>("--private") { Description = "Make it private; refuse where it is there and public" };
        var revision = new Option<string>("--revision") { Description = "The branch", HelpName = "BRANCH", DefaultValueFactory = _ => "main" };
        var message = new Option<string?>("--message") { Description = "The commit's message", HelpName = "TEXT" };
        var licence = new Option<string?>("--licence", "--license") { Description = "The hub's short name of the licence, for the card: mit, apache-2.0, …", HelpName = "ID" };
        var from = new Option<string?>("--base") { Description = "The model it was made from, for the card", HelpName = "MODEL" };
        var data = HubArguments.List("--data", "The data it learned from, for the card (default: what the run's recipe names)", "NAME");
        var hub = new HubArguments();
        var json = CommonOptions.Json("Print one JSON object: commit, address, files, and nothing else there");
        var verb = new Verb("push", "Bring a model to a hub, with a card that says base, data, arguments and scores",
            "puna push runs/NAME OWNER/NAME --licence mit",
            "puna push model.gguf OWNER/NAME-GGUF --base OWNER/NAME --private")
        {
            Remarks = "Needs a token with the right to write, in HF_TOKEN (or .env, or the usual cache file). A README.md beside the model is kept in place of the card. What the hub has already is not sent again.",
        };
        verb.Arguments.Add(path);
        verb.Arguments.Add(name);
        foreach (var option in (Option[])[isPrivate, revision, message, licence, from, data]) verb.Options.Add(option);
        hub.AddTo(verb);
        verb.Options.Add(json);
        return verb.Does(parsed =>
        {
            if (parsed.GetValue(path) is not { } given || parsed.GetValue(name) is not { } target) throw new InvalidDataException("push needs a model and a name for it: puna push PATH OWNER/NAME");
            var model = ModelName.Parse(target);
            var folder = ModelLocator.Find(given);
            var card = CardFacts.Gather(model.ToString(), folder, parsed.GetValue(licence), parsed.GetValue(from), parsed.GetValue(data)!).Write();
            var options = new PushOptions(folder, model, card) { IsPrivate = parsed.GetValue(isPrivate), Revision = parsed.GetValue(revision)!, LeaveOut = CardFacts.TrainingFiles };
            if (parsed.GetValue(message) is { Length: > 0 } text) options = options with { Message = text };
            using var work = session.Interrupts.Begin();
            var result = PushRun.Run(options, hub.Of(parsed), new TransferDisplay(session), work.Token);
            session.Interrupts.End();
            if (parsed.GetValue(json)) TransferReport.WriteJson(session.Output, model, result);
            else if (!session.OutputIsTerminal) session.Output.WriteLine(result.Address);
            return ExitCodes.Done;
        });
    }
}
