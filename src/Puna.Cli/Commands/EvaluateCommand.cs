using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Evaluation;
using Puna.Text;

namespace Puna.Cli.Commands;

/// <summary><c>puna evaluate</c>: figures of a model.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Session session)
    {
        var model = new ModelOptions();
        var tasks = new Option<string>("--tasks") { Description = $"What to measure, separated by commas: {string.Join("; ", EvaluationTasks.All.Select(task => $"{task.Name} ({task.Description})"))}", HelpName = "NAME", DefaultValueFactory = _ => "perplexity" };
        var data = CommonOptions.Data("Text to measure on, UTF-8");
        var context = CommonOptions.ContextLength("Tokens the model sees at once (default: its context length)");
        var json = CommonOptions.Json("Print one JSON object: a member a task, with its figures");
        var verb = new Verb("evaluate", "Measure a model",
            "puna evaluate --tasks perplexity --model runs/NAME/model --data text.txt",
            "puna evaluate runs/NAME --data text.txt --json");
        verb.Aliases.Add("eval");
        model.AddTo(verb);
        foreach (var option in (Option[])[tasks, data, context, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            var chosen = parsed.GetValue(tasks)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().Select(EvaluationTasks.ByName).ToArray();
            if (DataFiles.Of(parsed, data, session) is not { Length: > 0 } files) throw new InvalidDataException("evaluate needs text to measure on: give --data FILE");
            var texts = files.Select(TextFile.Read).ToArray();
            using var open = model.Open(parsed, session);
            using var work = session.Interrupts.Begin();
            var input = new EvaluationInput(open.Model, open.Device, open.Precision, texts, parsed.GetValue(context) ?? 0);
            var results = chosen.Select(task => (task.Name, Figures: task.Run(input, work.Token))).ToArray();
            session.Interrupts.End();
            EvaluationReport.Write(session.Output, results, parsed.GetValue(json));
            return ExitCodes.Done;
        });
    }
}
