using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Models;

namespace Puna.Cli.Commands;

/// <summary><c>puna init</c>: a model of a shape with fresh weights.</summary>
internal static class InitCommand
{
    public static Command Create(Session session)
    {
        var shape = new Argument<string?>("SHAPE") { Description = "A named shape such as tinyllama-1.1b (puna inspect lists them), or a model for its shape", Arity = ArgumentArity.ZeroOrOne };
        var to = new Option<string?>("--output", "-o", "--out", "--to") { Description = "The file or folder to write", HelpName = "PATH" };
        var format = new Option<string?>("--format") { Description = "hf, gguf, llama2c or meta (default: gguf for *.gguf, llama2c for *.bin, else hf)", HelpName = "FORMAT" };
        var type = new Option<string?>("--type", "--outtype") { Description = "F32, F16, BF16, for gguf also Q8_0, Q4_0, Q4_K_M and the others (default: F32)", HelpName = "TYPE" };
        var seed = NumberOption.Seed("Seed of the weights (default: 1)");
        var tokenizer = CommonOptions.Tokenizer("A tokenizer to put in");
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace what is there" };
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json("Print one JSON object on standard output, and nothing else there");
        var verb = new Verb("init", "Write a model of a shape with fresh weights, for trials and measurements",
            "puna init tinyllama-1.1b --type q8_0 --output tinyllama.gguf",
            "puna init stories15m --tokenizer tokenizer.model --output folder")
        {
            Remarks = "The weights are drawn a tensor at a time, those that pretraining would begin with: a model of any size needs no more memory than its largest tensor.",
        };
        verb.Arguments.Add(shape);
        foreach (var option in (Option[])[to, format, type, seed, tokenizer, overwrite, threads, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            var name = parsed.GetValue(shape) ?? throw new InvalidDataException($"init needs a shape: {string.Join(", ", LlamaShapes.All.Keys)}, or a model");
            var target = parsed.GetValue(to) ?? throw new InvalidDataException("init needs a place to write to: give --output PATH");
            var config = (LlamaShapes.All.TryGetValue(name, out var known) ? known : Path.Exists(name) ? ModelSource.ReadConfig(name) : null) as LlamaConfig
                ?? throw new InvalidDataException($"there is no shape and no Llama '{name}'; the shapes are {string.Join(", ", LlamaShapes.All.Keys)}");
            var kind = parsed.GetValue(format) is { } given ? ModelFormats.ByName(given) : ModelFormats.OfTarget(target);
            var request = new ConversionRequest(name, target, kind, parsed.GetValue(type), parsed.GetValue(tokenizer), parsed.GetValue(overwrite), parsed.GetValue(threads) ?? 0, parsed.GetValue(json));
            return Conversion.Run(session, request, () => ModelSource.Untrained(config, (ulong)(parsed.GetValue(seed) ?? 1), request.Tokenizer));
        });
    }
}
