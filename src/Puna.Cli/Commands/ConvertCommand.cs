using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Models;

namespace Puna.Cli.Commands;

/// <summary><c>puna convert</c>: a model from one kind of file to another.</summary>
internal static class ConvertCommand
{
    public static Command Create(Session session)
    {
        var from = new Option<string?>("--from", "--model", "-m") { Description = "A Hugging Face folder, a GGUF file, a llama2.c file or Meta's folder; a run folder for its model", HelpName = "PATH" };
        var to = new Option<string?>("--to", "--output", "-o", "--out") { Description = "The file or folder to write", HelpName = "PATH" };
        var format = new Option<string?>("--format") { Description = "hf, gguf, llama2c or meta (default: gguf for *.gguf, llama2c for *.bin, else hf)", HelpName = "FORMAT" };
        var type = new Option<string?>("--type", "--outtype") { Description = "F32, F16, BF16, for gguf also Q8_0, Q4_0, Q4_K_M and the others (default: as the source has it)", HelpName = "TYPE" };
        var tokenizer = CommonOptions.Tokenizer("The tokenizer's file or folder, where the source carries none");
        var adapter = CommonOptions.Adapter();
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace what is there" };
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json("Print one JSON object on standard output, and nothing else there");
        var verb = new Verb("convert", "Convert a model between Hugging Face, GGUF, llama2.c and Meta files",
            "puna convert --from runs/NAME/model --to model.gguf --type q8_0",
            "puna convert --from model.gguf --to folder               # Hugging Face's layout",
            "puna convert --from stories15M.bin --tokenizer tokenizer.bin --to folder",
            "puna convert --from llama-2-7b --to folder --type bf16   # consolidated.*.pth and params.json",
            "puna convert --from folder --adapter lora --to merged")
        {
            Remarks = "Works tensor by tensor: no more than the largest one is in memory. The new file is opened again and compared before it gets its name.",
        };
        foreach (var option in (Option[])[from, to, format, type, tokenizer, adapter, overwrite, threads, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            var source = parsed.GetValue(from) ?? throw new InvalidDataException("convert needs a model: give --from PATH");
            var target = parsed.GetValue(to) ?? throw new InvalidDataException("convert needs a place to write to: give --to PATH");
            var kind = parsed.GetValue(format) is { } name ? ModelFormats.ByName(name) : ModelFormats.OfTarget(target);
            return Conversion.Run(session, new ConversionRequest(source, target, kind, parsed.GetValue(type), parsed.GetValue(tokenizer), parsed.GetValue(overwrite), parsed.GetValue(threads) ?? 0, parsed.GetValue(json)) { Adapter = parsed.GetValue(adapter) });
        });
    }
}
