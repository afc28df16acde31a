using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Models;

namespace Puna.Cli.Commands;

/// <summary><c>puna quantize</c>: a model as a smaller GGUF file.</summary>
internal static class QuantizeCommand
{
    private const string DefaultType = "Q4_K_M";

    public static Command Create(Session session)
    {
        var model = new Option<string?>("--model", "-m") { Description = "Any model that convert reads", HelpName = "PATH" };
        var output = CommonOptions.Output("The GGUF file to write", "FILE.gguf");
        var type = new Option<string>("--type") { Description = $"{string.Join(", ", GgufMix.All.Select(mix => mix.Name))}", HelpName = "TYPE", DefaultValueFactory = _ => DefaultType };
        var tokenizer = CommonOptions.Tokenizer("The tokenizer's file or folder, where the model carries none");
        var imatrix = new Option<string?>("--imatrix") { Description = "Importances of the columns, from puna imatrix or llama-imatrix: the same bits, spent where they matter", HelpName = "FILE" };
        var pure = new Option<bool>("--pure") { Description = "Give every matrix the same type, the output too" };
        var adapter = CommonOptions.Adapter();
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace what is there" };
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json("Print one JSON object on standard output, and nothing else there");
        var verb = new Verb("quantize", "Write a model as a smaller GGUF file",
            "puna quantize --model runs/NAME/model --type q4_k_m --output model-q4_k_m.gguf",
            "puna quantize --model model-f16.gguf --type q8_0 --output model-q8_0.gguf",
            "puna quantize --model model-f16.gguf --type q3_k_m --imatrix imatrix.gguf --output model-q3_k_m.gguf")
        {
            Remarks = "Tensors whose rows are no whole number of a type's blocks get another type, and each is named.",
        };
        foreach (var option in (Option[])[model, output, type, imatrix, pure, tokenizer, adapter, overwrite, threads, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            var source = parsed.GetValue(model) ?? throw new InvalidDataException("quantize needs a model: give --model PATH");
            var mix = GgufMix.ByName(parsed.GetValue(type)!);
            var target = parsed.GetValue(output) ?? throw new InvalidDataException("quantize needs a place to write to: give --output FILE.gguf");
            return Conversion.Run(session, new ConversionRequest(source, target, ModelFormat.Gguf, mix.Name, parsed.GetValue(tokenizer), parsed.GetValue(overwrite), parsed.GetValue(threads) ?? 0, parsed.GetValue(json))
            {
                Adapter = parsed.GetValue(adapter),
                Importance = parsed.GetValue(imatrix),
                IsPure = parsed.GetValue(pure),
            });
        });
    }
}
