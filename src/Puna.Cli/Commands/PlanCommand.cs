using System.CommandLine;
using System.Globalization;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Planning;
using Puna.Experiments.Recipes;
using Puna.Tensors;
using Puna.Training;

namespace Puna.Cli.Commands;

/// <summary><c>puna plan</c>: what a training takes, before it is begun.</summary>
internal static class PlanCommand
{
    private static readonly TimeSpan ProbeTime = TimeSpan.FromMilliseconds(300);

    public static Command Create(Session session)
    {
        var recipe = new Argument<string>("RECIPE") { Description = "A recipe file or the name of a built-in one (see puna recipes)" };
        var gpu = new Option<string?>("--gpu") { Description = "What to train on; cpu is this machine, which is measured (plan.gpu)", HelpName = "a100|h100|h200|t4|cpu" };
        var gpus = NumberOption.Whole("--gpus", "Devices; by default as few as hold it (plan.gpus)", 1);
        var mfu = NumberOption.Real("--mfu", "Model FLOPs utilisation: share of the dense peak, 0 to 1 (plan.mfu)", 1e-6, 1);
        var speed = NumberOption.Real("--tokens-per-second", "Speed of one device, in place of --mfu", 1e-9);
        var zero = NumberOption.Whole("--zero", "ZeRO stage: 1 shares the optimizer among copies, 2 gradients too, 3 weights too (plan.zero)", 0, 3);
        var tensor = NumberOption.Whole("--tp", "Devices that share each block (plan.tensor_parallel)", 1, 1 << 20, "--tensor-parallel");
        var pipeline = NumberOption.Whole("--pp", "Stages of consecutive blocks (plan.pipeline_parallel)", 1, 1 << 20, "--pipeline-parallel");
        var recompute = new Option<string?>("--recompute") { Description = "What the backward pass computes again (plan.recomputation)", HelpName = "none|selective|full" };
        var price = NumberOption.Real("--price", "US dollars an hour and device", 0);
        var serve = NumberOption.Real("--serve-tokens", "Tokens to be served: finds the size and tokens of least training plus inference", 0);
        var target = NumberOption.Real("--target-loss", "Loss to reach with them, nats a token (default: the recipe's own by the law)", 0);
        var law = new Option<string>("--law") { Description = "Law of the loss: chinchilla, besiroglu, or the folder of a puna scaling run", HelpName = "NAME|DIR", DefaultValueFactory = _ => "chinchilla" };
        var data = CommonOptions.Data("Training text, for a vocabulary of characters");
        var set = new Option<string[]>("--set") { Description = "Set any key of the recipe; may be given several times", HelpName = "KEY=VALUE", Arity = ArgumentArity.OneOrMore, DefaultValueFactory = _ => [] };
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json("Print one JSON object with the same facts");
        var verb = new Verb("plan", "Say what a training takes: FLOPs, tokens, memory, hours, cost, and Chinchilla's point",
            "puna plan llama-2-70b",
            "puna plan llama-1-65b --gpus 2048 --gpu a100 --tokens-per-second 380",
            "puna plan tiny-llama --gpu cpu",
            "puna plan llama-3-8b --serve-tokens 1e13 --target-loss 2.1");
        verb.Arguments.Add(recipe);
        foreach (var option in (Option[])[gpu, gpus, mfu, speed, zero, tensor, pipeline, recompute, price, serve, target, law, data, set, threads, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            if (parsed.GetValue(mfu) is not null && parsed.GetValue(speed) is not null) throw new InvalidDataException("--mfu and --tokens-per-second say the same; give one of them");
            if (parsed.GetValue(target) is not null && parsed.GetValue(serve) is null) throw new InvalidDataException("--target-loss needs --serve-tokens, the tokens that will be served");
            string[] shorthands =
            [
                .. Key("plan.gpu", parsed.GetValue(gpu)), .. Key("plan.gpus", parsed.GetValue(gpus)), .. Key("plan.mfu", parsed.GetValue(mfu)), .. Key("plan.zero", parsed.GetValue(zero)),
                .. Key("plan.tensor_parallel", parsed.GetValue(tensor)), .. Key("plan.pipeline_parallel", parsed.GetValue(pipeline)), .. Key("plan.recomputation", parsed.GetValue(recompute)),
            ];
            var loaded = RecipeLoader.Load(parsed.GetValue(recipe)!, [.. parsed.GetValue(set)!, .. shorthands], DataFiles.Of(parsed, data, session));
            var source = LawSource.Find(parsed.GetValue(law)!);
            var plan = TrainingPlan.Make(loaded, Device(loaded.Plan.Gpu ?? Accelerator.Cpu, parsed.GetValue(threads) ?? 0), parsed.GetValue(speed), parsed.GetValue(price));
            var life = parsed.GetValue(serve) is { } tokens ? LifetimePlan.Make(source, plan, tokens, parsed.GetValue(target)) : null;
            if (parsed.GetValue(json)) JsonOutput.WriteObject(session.Output, writer => PlanJson.Write(writer, plan, source, life));
            else
            {
                PlanText.Write(session.Output, plan, source);
                if (life is not null) PlanText.Write(session.Output, life);
            }
            return ExitCodes.Done;
        });
    }

    private static IEnumerable<string> Key<T>(string key, T? value) => value is null ? [] : [string.Create(CultureInfo.InvariantCulture, $"{key}={value}")];

    private static Accelerator Device(string name, int threads)
    {
        if (!name.Equals(Accelerator.Cpu, StringComparison.OrdinalIgnoreCase)) return Accelerator.Find(name);
        var count = threads > 0 ? threads : ProcessorLimits.DefaultThreads();
        return Accelerator.Processor(HardwareProbe.ProcessorName, HardwareProbe.PeakFlops(KernelTier.Choose(), count, ProbeTime), ProcessorLimits.TotalMemoryBytes);
    }
}
