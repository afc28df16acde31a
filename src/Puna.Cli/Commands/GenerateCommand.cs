using System.CommandLine;
using System.Text;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Inference;

namespace Puna.Cli.Commands;

/// <summary><c>puna generate</c>: a prompt in, its continuation out.</summary>
internal static class GenerateCommand
{
    private const int DefaultTokens = 256;

    public static Command Create(Session session)
    {
        var model = new ModelOptions();
        var sampling = new SamplingArguments(DefaultTokens);
        var grammars = new GrammarArguments();
        var prompt = new Option<string>("--prompt", "-p") { Description = "The text to continue, or the message to answer; - reads standard input, less one last line end", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var chat = new Option<bool>("--chat") { Description = "The prompt is a user's message: the model must have a chat template. This is so by itself where it has one" };
        var raw = new Option<bool>("--raw") { Description = "Continue the prompt as plain text, also where the model has a chat template" };
        var system = new Option<string?>("--system") { Description = "A system message before the prompt; for models with a chat template", HelpName = "TEXT" };
        var template = CommonOptions.ChatTemplate();
        var echo = new Option<bool>("--echo") { Description = "Print the prompt too" };
        var context = CommonOptions.ContextLength("Positions of prompt and continuation together (default: the model's)");
        var json = CommonOptions.Json("Print one JSON object: text, tokens, finish_reason, tokens_per_second and more");
        var verb = new Verb("generate", "Continue a text, or answer a message",
            "puna generate --model runs/NAME/model --prompt \"Once upon a time\"",
            "puna generate runs/NAME --prompt \"ROMEO:\" --max-tokens 200 --temperature 0.7 --seed 1",
            "puna generate -m DIR -p - --temperature 0 --stop \"\\n\" < prompt.txt",
            "puna generate -m DIR -p \"Hello\" --json",
            "puna generate -m DIR -p \"Ann is 7. As JSON:\" --json-schema-file person.json",
            "puna generate -m DIR -p \"Is snow white?\" --regex \"yes|no\"")
        {
            Remarks = "Standard output has the continuation only; figures go to standard error. A base model continues the prompt as text, with the begin symbol before it if the model has one. A model with a chat template (such as quickstart's) takes the prompt for a user's message, unless --raw is given. Without --model the newest run's model is taken.",
        };
        model.AddTo(verb);
        verb.Options.Add(prompt);
        sampling.AddTo(verb);
        grammars.AddTo(verb);
        foreach (var option in (Option[])[chat, raw, template, system, echo, context, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            if (parsed.GetValue(chat) && parsed.GetValue(raw)) throw new InvalidDataException("--chat and --raw contradict each other; give one of them");
            if (parsed.GetValue(raw) && parsed.GetValue(template) is not null) throw new InvalidDataException("--chat-template and --raw contradict each other; give one of them");
            var grammar = grammars.Grammar(parsed);
            using var open = model.Open(parsed, session, orNewest: true);
            using var generator = new TextGenerator(open.ModelWith(parsed.GetValue(template)), open.Device, parsed.GetValue(context) ?? 0, open.Precision);
            var text = parsed.GetValue(prompt)! is "-" ? WithoutLineEnd(session.Input.ReadToEnd()) : parsed.GetValue(prompt)!;
            var style = parsed.GetValue(chat) ? PromptStyle.Chat : parsed.GetValue(raw) ? PromptStyle.Raw : PromptStyle.Auto;
            var request = PromptRequest.Make(generator, text, style, parsed.GetValue(system));
            var limits = sampling.Limits(parsed) with { Grammar = grammar };
            var chosen = sampling.Sampling(parsed, open.Model.Generation);
            var quiet = parsed.GetValue(json);
            var answer = new StringBuilder();
            if (parsed.GetValue(echo)) Show(text);
            using var work = session.Interrupts.Begin();
            foreach (var piece in request.Stream(generator, chosen, limits, work.Token)) Show(piece);
            session.Interrupts.End();
            if (quiet) GenerationReport.WriteJson(session.Output, answer.ToString(), generator, chosen);
            else if (session.OutputIsTerminal) session.Output.WriteLine();
            session.Output.Flush();
            session.Log(GenerationReport.Line(generator.Statistics, chosen));
            return work.IsCancellationRequested ? ExitCodes.Stopped : ExitCodes.Done;

            void Show(string piece)
            {
                answer.Append(piece);
                if (quiet) return;
                session.Output.Write(piece);
                session.Output.Flush();
            }
        });
    }

    private static string WithoutLineEnd(string text) => text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
}
