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
        var search = new SearchArguments();
        var speculation = new SpeculationArguments();
        var engine = new EngineArguments();
        var prompts = new PromptInputs();
        var samples = new SampleOptions();
        var grammars = new GrammarArguments();
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
            "puna generate -m DIR -p \"Hello\" --beams 4 --num-return-sequences 2",
            "puna generate -m DIR -p - --draft-model SMALL --temperature 0 < prompt.txt",
            "puna generate -m DIR --file prompt.txt --n 4 --seed 1      # four samples, seeds 1 to 4",
            "puna generate -m DIR -p \"Hello\" --logprobs 3 --temperature 0",
            "puna generate -m DIR --prompts prompts.jsonl --output answers.jsonl   # the same again goes on where it was stopped",
            "puna generate -m DIR --prompts prompts.txt --output answers.jsonl --parallel 16",
            "puna generate -m DIR -p \"Ann is 7. As JSON:\" --json-schema-file person.json",
            "puna generate -m DIR -p \"Is snow white?\" --regex \"yes|no\"")
        {
            Remarks = "Standard output has the continuation only; figures go to standard error. A base model continues the prompt as text, with the begin symbol before it if the model has one. A model with a chat template (such as quickstart's) takes the prompt for a user's message, unless --raw is given. Without --model the newest run's model is taken.",
        };
        model.AddTo(verb);
        prompts.AddTo(verb);
        sampling.AddTo(verb);
        search.AddTo(verb);
        speculation.AddTo(verb);
        samples.AddTo(verb);
        grammars.AddTo(verb);
        foreach (var option in (Option[])[chat, raw, template, system, echo, context, .. engine.Options, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            if (parsed.GetValue(chat) && parsed.GetValue(raw)) throw new InvalidDataException("--chat and --raw contradict each other; give one of them");
            if (parsed.GetValue(raw) && parsed.GetValue(template) is not null) throw new InvalidDataException("--chat-template and --raw contradict each other; give one of them");
            var plan = search.Plan(parsed, sampling, speculation);
            using var contrastive = search.Contrastive(parsed, sampling, speculation);
            var grammar = grammars.Grammar(parsed);
            if (grammar is not null && (plan is not null || contrastive is not null)) throw new InvalidDataException("a grammar holds what is drawn, and a search draws nothing; leave one of them out");
            var count = samples.Count(parsed);
            var many = prompts.Many(parsed, count);
            if (plan is not null && samples.Given(parsed).FirstOrDefault() is { } sample) throw new InvalidDataException($"{sample} is about answers drawn one by one, and --beams and --best-of look for the best; leave one of them out");
            if ((many is not null || count > 1) && speculation.Given(parsed).FirstOrDefault() is { } draft) throw new InvalidDataException($"{draft} makes one text faster, and {(many is not null ? "--prompts" : "--n")} asks for several; leave one of them out");
            using var open = model.Open(parsed, session, orNewest: true);
            using var generator = new TextGenerator(open.ModelWith(parsed.GetValue(template)), open.Device, engine.Of(parsed, parsed.GetValue(context) ?? 0) with { Precision = open.Precision });
            var style = parsed.GetValue(chat) ? PromptStyle.Chat : parsed.GetValue(raw) ? PromptStyle.Raw : PromptStyle.Auto;
            var limits = sampling.Limits(parsed) with { LogProbabilities = samples.LogProbabilities(parsed), Grammar = grammar };
            var chosen = sampling.Sampling(parsed, open.Model.Generation);
            var quiet = parsed.GetValue(json);
            if (many is { } file)
            {
                if (quiet || parsed.GetValue(echo)) throw new InvalidDataException("--json and --echo are for a single prompt; with --prompts the answers go to the file that --output names, as JSON");
                if (plan is not null || contrastive is not null) throw new InvalidDataException("--prompts draws its answers; leave the options of a search out");
                return PromptBatch.Run(session, generator, new PromptBatchRequest(file.Prompts, file.Output, file.Overwrite, style, parsed.GetValue(system), chosen, sampling.HasSeed(parsed), limits, count, file.Parallel));
            }
            var text = prompts.One(parsed, session);
            var request = PromptRequest.Make(generator, text, style, parsed.GetValue(system));
            if (plan is not null) return SearchReport.Run(session, plan, generator, request, chosen, limits, parsed.GetValue(echo) ? text : "", quiet);
            if (count > 1)
            {
                if (contrastive is not null) throw new InvalidDataException("--n draws several answers, and --penalty-alpha draws none; leave one of them out");
                return SampleReport.Run(session, generator, request, chosen, limits, count, quiet, parsed.GetValue(echo) ? text : "");
            }
            using var drafter = speculation.Apply(parsed, session, open, generator.Generator);
            if (contrastive is not null) generator.Generator.Decoding = contrastive;
            var drawn = contrastive is null ? chosen : null;
            var answer = new StringBuilder();
            if (parsed.GetValue(echo)) Show(text);
            using var work = session.Interrupts.Begin();
            foreach (var piece in request.Stream(generator, chosen, limits, work.Token)) Show(piece);
            session.Interrupts.End();
            if (quiet) GenerationReport.WriteJson(session.Output, answer.ToString(), generator, drawn);
            else if (session.OutputIsTerminal || limits.LogProbabilities is not null) session.Output.WriteLine();
            if (!quiet && limits.LogProbabilities is not null) GenerationReport.WriteTable(session.Output, generator.LogProbabilities, generator.Model.Tokenizer!);
            session.Output.Flush();
            session.Log(GenerationReport.Line(generator.Statistics, drawn));
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
}
