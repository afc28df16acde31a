using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Inspecting;

namespace Puna.Cli.Commands;

/// <summary><c>puna inspect</c>: what is in a file or folder.</summary>
internal static class InspectCommand
{
    public static Command Create(Session session)
    {
        var path = new Argument<string?>("PATH") { Description = "A model folder, a run folder, a .gguf, .safetensors or .model file, or the name of a published shape", Arity = ArgumentArity.ZeroOrOne };
        var model = new Option<string?>("--model", "-m") { Description = "The same as PATH", HelpName = "PATH" };
        var json = CommonOptions.Json("Print one JSON object with all figures and tensors");
        var verb = new Verb("inspect", "Show shapes, types, parameters, tokenizer and memory of a model, run or file",
            "puna inspect runs/NAME/model",
            "puna inspect model.safetensors --json",
            "puna inspect model.gguf         # metadata, types, vocabulary",
            "puna inspect llama-3-8b         # a published shape: nothing is loaded");
        verb.Arguments.Add(path);
        verb.Options.Add(model);
        verb.Options.Add(json);
        return verb.Does(parsed =>
        {
            var what = parsed.GetValue(path) ?? parsed.GetValue(model) ?? throw new InvalidDataException("inspect needs something to look at: puna inspect PATH");
            var inspection = Inspector.Inspect(what);
            if (parsed.GetValue(json)) InspectionReport.WriteJson(session.Output, inspection);
            else InspectionReport.Write(session.Output, inspection);
            return ExitCodes.Done;
        });
    }
}
