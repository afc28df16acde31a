using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Benchmarks;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Inference;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Cli.Commands;

/// <summary><c>puna bench</c>: how fast this machine runs a model, trains a recipe's network, multiplies matrices, or encodes text.</summary>
internal static class BenchCommand
{
    public static Command Create(Session session)
    {
        var model = new Option<string?>("--model", "-m") { Description = "Measure how fast a model reads and writes: a model folder, a .gguf file, or a run folder", HelpName = "PATH" };
        var inference = new InferenceBenchArguments();
        var engine = new EngineArguments();
        var train = new Option<string>("--train") { Description = "Measure the training of a recipe's network on random tokens: a recipe file or the name of a built-in one", HelpName = "RECIPE" };
        var product = new Option<bool>("--product") { Description = "Measure the matrix product of the best tier: 1024³ and the shapes of a 110M model's layers, one thread and all" };
        var encode = new Option<string>("--encode") { Description = "Measure how fast a tokenizer encodes the text of --data: a tokenizer file or a model folder", HelpName = "PATH" };
        var data = CommonOptions.Data("With --encode: text, UTF-8");
        var steps = NumberOption.Whole("--steps", "With --train: optimizer steps to measure (default: ten seconds)", 1);
        var set = new Option<string[]>("--set") { Description = "With --train: set any key of the recipe; may be given several times", HelpName = "KEY=VALUE", Arity = ArgumentArity.OneOrMore, DefaultValueFactory = _ => [] };
        var device = CommonOptions.Device();
        var threads = NumberOption.List("--threads", $"Threads that compute; with --model several numbers are several tests (default: {ProcessorLimits.ThreadsVariable}, else all processors)", 1, ProcessorLimits.MostThreads, "-t");
        var json = CommonOptions.Json("Print JSON: one object, with --model an array of them");
        var verb = new Verb("bench", "Measure speed: of a model's reading and writing, of training, of the matrix product, or of a tokenizer",
            "puna bench --model model.gguf -p 512 -n 128 -r 5 -t 2",
            "puna bench --model model.gguf -p 0 -n 64 --n-depth 0,4096 --format json",
            "puna bench --model model.gguf -p 128 -n 128 --batch 1,4,8,16",
            "puna bench --train bench-ii",
            "puna bench --train bench-110m --steps 5 --json",
            "puna bench --train bench-i --set training.precision=fp32 --threads 1",
            "puna bench --product",
            "puna bench --encode tokenizer.model --data text.txt");
        foreach (var option in (Option[])[model, .. inference.Options, .. engine.Options, train, product, encode, data, steps, set, device, threads, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            RequireOne(parsed, model, train, product, encode);
            var files = parsed.GetValue(data)!;
            if ((files.Length > 0) != (parsed.GetValue(encode) is not null)) throw new InvalidDataException("--data FILE is the text of --encode PATH, which needs it; give both or neither");
            if (parsed.GetValue(model) is { } path)
            {
                RequireNone(parsed, [steps, set], "belongs to --train; --model measures a model as it is");
                return RunModel(session, ModelLocator.Find(path), inference.Plan(parsed), positions => engine.Of(parsed, positions), parsed.GetValue(device)!, parsed.GetValue(threads)!, inference.Format(parsed, parsed.GetValue(json)));
            }
            RequireNone(parsed, [.. inference.Options, .. engine.Options], "belongs to --model PATH");
            if (parsed.GetValue(threads)!.Length > 1) throw new InvalidDataException("--threads: several numbers of threads go with --model only; give one");
            var count = parsed.GetValue(threads) is [var single] ? single : 0;
            if (parsed.GetValue(encode) is { } tokenizer)
            {
                if (parsed.GetValue(steps) is not null || parsed.GetValue(set)!.Length > 0) throw new InvalidDataException("--steps and --set belong to --train; --encode measures the text of --data once");
                var measured = TokenizerBench.Run(tokenizer, string.Join('\n', files.Select(TextFile.Read)), count > 0 ? count : ProcessorLimits.DefaultThreads());
                if (parsed.GetValue(json)) TokenizerBenchReport.WriteJson(session.Output, measured);
                else TokenizerBenchReport.Write(session.Output, measured);
                return ExitCodes.Done;
            }
            if (parsed.GetValue(product))
            {
                if (parsed.GetValue(steps) is not null || parsed.GetValue(set)!.Length > 0) throw new InvalidDataException("--steps and --set belong to --train; --product measures fixed shapes");
                ProductReport.Write(session.Output, ProductBench.Run(count), parsed.GetValue(json));
                return ExitCodes.Done;
            }
            var recipe = RecipeLoader.Load(parsed.GetValue(train)!, [.. parsed.GetValue(set)!], null);
            using var work = session.Interrupts.Begin();
            var result = TrainingBench.Run(recipe, parsed.GetValue(device)!, count, parsed.GetValue(steps), Displays.For(session), work.Token);
            session.Interrupts.End();
            if (parsed.GetValue(json)) BenchReport.WriteJson(session.Output, result);
            else BenchReport.Write(session.Output, result);
            return ExitCodes.Done;
        });
    }

    private static void RequireOne(ParseResult parsed, Option<string?> model, Option<string> train, Option<bool> product, Option<string> encode)
    {
        var wanted = (parsed.GetValue(product) ? 1 : 0) + ((string?[])[parsed.GetValue(model), parsed.GetValue(train), parsed.GetValue(encode)]).Count(given => given is not null);
        if (wanted != 1) throw new InvalidDataException("bench measures one thing: give --model PATH, --train RECIPE, --product or --encode PATH");
    }

    private static void RequireNone(ParseResult parsed, IEnumerable<Option> options, string reason)
    {
        if (options.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } given) throw new InvalidDataException($"{given.Name} {reason}");
    }

    private static int RunModel(Session session, string path, InferenceBenchPlan plan, Func<int, EngineOptions> options, string deviceName, int[] threads, string format)
    {
        using var source = ModelSource.Open(path, requireTokenizer: false);
        var asked = options(plan.RequiredPositions(source.Config.ContextLength));
        var described = BenchedModel.Of(path, source);
        var report = new InferenceBenchReport(session.Output, format);
        using var work = session.Interrupts.Begin();
        foreach (var count in threads.Length == 0 ? [0] : threads)
        {
            var (device, reason) = Device.Open(deviceName, count);
            using var used = device;
            session.Log(reason);
            using var engine = Engines.Open(source, device, asked);
            var bench = new InferenceBench(engine, plan, work.Token);
            var setting = new InferenceBenchSetting(described, ((CpuDevice)device).ThreadCount, ((CpuDevice)device).Tier.Name, engine.BatchSize, engine.CacheType, engine.Memory);
            if (plan.Batches.Count > 0)
            {
                foreach (var (test, sequences) in plan.BatchedTests) report.Add(setting, bench.RunBatched(test, sequences));
                continue;
            }
            foreach (var test in plan.Tests) report.Add(setting, bench.Run(test));
        }
        session.Interrupts.End();
        report.End();
        return ExitCodes.Done;
    }
}
