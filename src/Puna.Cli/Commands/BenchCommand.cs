using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Benchmarks;
using Puna.Experiments.Recipes;

namespace Puna.Cli.Commands;

/// <summary><c>puna bench</c>: how fast this machine trains a recipe's network, or multiplies matrices.</summary>
internal static class BenchCommand
{
    public static Command Create(Session session)
    {
        var train = new Option<string>("--train") { Description = "Measure the training of a recipe's network on random tokens: a recipe file or the name of a built-in one", HelpName = "RECIPE" };
        var product = new Option<bool>("--product") { Description = "Measure the matrix product of the best tier: 1024³ and the shapes of a 110M model's layers, one thread and all" };
        var steps = NumberOption.Whole("--steps", "Optimizer steps to measure (default: ten seconds)", 1);
        var set = new Option<string[]>("--set") { Description = "Set any key of the recipe; may be given several times", HelpName = "KEY=VALUE", Arity = ArgumentArity.OneOrMore, DefaultValueFactory = _ => [] };
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json("Print one JSON object");
        var verb = new Verb("bench", "Measure the speed of training: tokens a second, utilisation, memory; or of the matrix product",
            "puna bench --train bench-ii",
            "puna bench --train bench-110m --steps 5 --json",
            "puna bench --train bench-i --set training.precision=fp32 --threads 1",
            "puna bench --product");
        foreach (var option in (Option[])[train, product, steps, set, device, threads, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            if (parsed.GetValue(product) == (parsed.GetValue(train) is not null)) throw new InvalidDataException("bench measures one thing: give --train RECIPE or --product");
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
