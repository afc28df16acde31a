using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Evaluation;
using Puna.Inference;
using Puna.Text;

namespace Puna.Cli.Commands;

/// <summary><c>puna evaluate</c>: figures of a model.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Session session)
    {
        var model = new ModelOptions();
        var engines = new EngineArguments();
        var divergence = new DivergenceOptions();
        var tasks = new Option<string?>("--tasks") { Description = $"What to measure, separated by commas (default perplexity): {string.Join("; ", EvaluationTasks.All.Select(task => $"{task.Name} ({task.Description})"))}", HelpName = "NAME" };
        var data = CommonOptions.Data("Text to measure on, UTF-8");
        var context = CommonOptions.ContextLength("Tokens the model sees at once (default: its context length; for chunked-perplexity at most 512)");
        var json = CommonOptions.Json("Print one JSON object: a member a task, with its figures");
        var verb = new Verb("evaluate", "Measure a model",
            "puna evaluate --tasks perplexity --model runs/NAME/model --data text.txt",
            "puna evaluate runs/NAME --data text.txt --json",
            "puna evaluate model-f32.gguf --data text.txt --kl-divergence-base base.kld           # as llama-perplexity measures",
            "puna evaluate model-q4_k_m.gguf --kl-divergence-base base.kld --kl-divergence");
        verb.Aliases.Add("eval");
        model.AddTo(verb);
        foreach (var option in (Option[])[tasks, data, context]) verb.Options.Add(option);
        divergence.AddTo(verb);
        foreach (var option in engines.Options) verb.Options.Add(option);
        verb.Options.Add(json);
        return verb.Does(parsed =>
        {
            var chosen = divergence.Tasks(parsed, parsed.GetValue(tasks));
            var files = DataFiles.Of(parsed, data, session);
            if (chosen.FirstOrDefault(task => task.NeedsText) is { } task && files.Length == 0) throw new InvalidDataException($"{task.Name} needs text to measure on: give --data FILE");
            if (files.Length > 0 && !chosen.Any(task => task.NeedsText)) session.Log("the tokens are those of --kl-divergence-base; --data is not read");
            var texts = chosen.Any(task => task.NeedsText) ? files.Select(TextFile.Read).ToArray() : [];
            var display = Displays.For(session);
            var settings = divergence.Complete(new EvaluationSettings(texts) { Window = parsed.GetValue(context) ?? 0, Progress = display.Progress }, parsed);
            using var open = model.Open(parsed, session);
            var tokenizer = open.Model.Tokenizer ?? throw new InvalidDataException("the model has no tokenizer");
            using var engine = Engines.Open(open.Model, open.Device, engines.Of(parsed, chosen.Max(task => task.Window(settings, open.Model.Config))) with { Precision = open.Precision });
            using var work = session.Interrupts.Begin();
            var results = new List<(string, IReadOnlyList<(string, double)>)>();
            foreach (var measured in chosen)
            {
                display.Stage(measured.Name);
                results.Add((measured.Name, measured.Run(engine, tokenizer, settings, work.Token)));
            }
            session.Interrupts.End();
            EvaluationReport.Write(session.Output, results, parsed.GetValue(json));
            return ExitCodes.Done;
        });
    }
}
