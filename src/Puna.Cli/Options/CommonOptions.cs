using System.CommandLine;
using Puna.Experiments.Recipes;
using Puna.Tensors;

namespace Puna.Cli.Options;

/// <summary>The options that have the same name in every verb.</summary>
internal static class CommonOptions
{
    public static Option<string?> Output(string description, string helpName = "DIR") => new("--output", "-o", "--out") { Description = description, HelpName = helpName };

    /// <summary>Files, or public data sets by name; read with <see cref="DataFiles"/>.</summary>
    public static Option<string[]> Data(string description) => new("--data")
    {
        Description = description + $"; or a public data set by name ({string.Join(", ", Puna.Hub.PublicDataset.All.Select(dataset => dataset.Name))})",
        HelpName = "FILE",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    public static Option<string?> Tokenizer(string description) => new("--tokenizer") { Description = description, HelpName = "PATH" };

    public static Option<string?> Adapter() => new("--adapter", "--lora") { Description = "A folder with a LoRA adapter for the model (adapter_config.json), merged into its weights", HelpName = "DIR" };

    public static Option<bool> Json(string description) => new("--json") { Description = description };

    public static Option<int?> Threads() =>
        NumberOption.Whole("--threads", $"Threads that compute (default: {ProcessorLimits.ThreadsVariable}, else all processors)", 1, ProcessorLimits.MostThreads, "-t");

    public static Option<string> Device() => new("--device")
    {
        Description = "Where to compute: auto, cpu or cuda",
        HelpName = "auto|cpu|cuda",
        DefaultValueFactory = _ => "auto",
    };

    public static Option<string?> Precision() => new("--precision")
    {
        Description = "Number format of the matrix products: fp32, bf16 or auto",
        HelpName = "fp32|bf16|auto",
    };

    /// <summary>What was given for <see cref="Precision"/>; null where nothing was.</summary>
    /// <exception cref="InvalidDataException">None of the three.</exception>
    public static TrainingPrecision? PrecisionOf(string? name) => name switch
    {
        null => null,
        "fp32" => TrainingPrecision.Fp32,
        "bf16" => TrainingPrecision.Bf16,
        "auto" => TrainingPrecision.Auto,
        _ => throw new InvalidDataException($"--precision {name}: use fp32, bf16 or auto"),
    };

    public static Option<string?> ChatTemplate() => new("--chat-template")
    {
        Description = "Put messages by this template instead of the model's own: " + string.Join(", ", Puna.Text.ChatTemplates.All.Select(template => template.Name)) + ", or a file in the language of Jinja",
        HelpName = "NAME|FILE",
    };

    public static Option<int?> ContextLength(string description) => NumberOption.Whole("--context-length", description, 1, int.MaxValue, "--ctx-size");
}
