using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Benchmarks;
using Puna.Experiments.Recipes;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Cli.Commands;

/// <summary><c>puna bench</c>: how fast this machine trains a recipe's network, multiplies matrices, or encodes text.</summary>
internal static class BenchCommand
{
    public static Command Create(Session session)
    {
        var train = new Option<string>("--train") { Description = "Measure the training of a recipe's network on random tokens: a recipe file or the name of a built-in one", HelpName = "RECIPE" };
        var product = new Option<bool>("--product") { Description = "Measure the matrix product of the best tier: 1024³ and the shapes of a 110M model's layers, one thread and all" };
        var encode = new Option<string>("--encode") { Description = "Measure how fast a tokenizer encodes the text of --data: a tokenizer file or a model folder", HelpName = "PATH" };
        var data = CommonOptions.Data("With --encode: text, UTF-8");
        var steps = NumberOption.Whole("--steps", "Optimizer steps to measure (default: ten seconds)", 1);
        var set = new Option<string[]>("--set") { Description = "Set any key of the recipe; may be given several times", HelpName = "KEY=VALUE", Arity = ArgumentArity.OneOrMore, DefaultValueFactory = _ => [] };
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json("Print one JSON object");
        var verb = new Verb("bench", "Measure the speed of training: tokens a second, utilisation, memory; or of the matrix product, or of a tokenizer",
            "puna bench --train bench-ii",
            "puna bench --train bench-110m --steps 5 --json",
            "puna bench --train bench-i --set training.precision=fp32 --threads 1",
            "puna bench --product",
            "puna bench --encode tokenizer.model --data text.txt");
        foreach (var option in (Option[])[train, product, encode, data, steps, set, device, threads, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            var wanted = (parsed.GetValue(product) ? 1 : 0) + (parsed.GetValue(train) is null ? 0 : 1) + (parsed.GetValue(encode) is null ? 0 : 1);
            if (wanted != 1) throw new InvalidDataException("bench measures one thing: give --train RECIPE, --product or --encode PATH");
            var files = parsed.GetValue(data)!;
            if ((files.Length > 0) != (parsed.GetValue(encode) is not null)) throw new InvalidDataException("--data FILE is the text of --encode PATH, which needs it; give both or neither");
            if (parsed.GetValue(encode) is { } tokenizer)
            {
                if (parsed.GetValue(steps) is not null || parsed.GetValue(set)!.Length > 0) throw new InvalidDataException("--steps and --set belong to --train; --encode measures the text of --data once");
                var measured = TokenizerBench.Run(tokenizer, string.Join('\n', files.Select(TextFile.Read)), parsed.GetValue(threads) ?? ProcessorLimits.DefaultThreads());
                if (parsed.GetValue(json)) TokenizerBenchReport.WriteJson(session.Output, measured);
                else TokenizerBenchReport.Write(session.Output, measured);
                return ExitCodes.Done;
            }
            if (parsed.GetValue(product))
            {
                if (parsed.GetValue(steps) is not null || parsed.GetValue(set)!.Length > 0) throw new InvalidDataException("--steps and --set belong to --train; --product measures fixed shapes");
                ProductReport.Write(session.Output, ProductBench.Run(parsed.GetValue(threads) ?? 0), parsed.GetValue(json));
                return ExitCodes.Done;
            }
            var recipe = RecipeLoader.Load(parsed.GetValue(train)!, [.. parsed.GetValue(set)!], null);
            using var work = session.Interrupts.Begin();
            var result = TrainingBench.Run(recipe, parsed.GetValue(device)!, parsed.GetValue(threads) ?? 0, parsed.GetValue(steps), Displays.For(session), work.Token);
            session.Interrupts.End();
            if (parsed.GetValue(json)) BenchReport.WriteJson(session.Output, result);
            else BenchReport.Write(session.Output, result);
            return ExitCodes.Done;
        });
    }
}
