using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Evaluation;
using Puna.Experiments.Reports;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Cli.Commands;

/// <summary><c>puna imatrix</c>: how much each column of a model's matrices matters, for quantize.</summary>
internal static class ImatrixCommand
{
    public static Command Create(Session session)
    {
        var model = new ModelOptions();
        var data = CommonOptions.Data("Text like that which the model is for, UTF-8; a few hundred thousand tokens are plenty");
        var output = CommonOptions.Output("The file to write", "FILE.gguf");
        var context = CommonOptions.ContextLength("Tokens of a piece (default: 512, or the model's context length if that is less)");
        var chunks = NumberOption.Whole("--chunks", "At most so many pieces (default: all)", 1, int.MaxValue);
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace what is there" };
        var json = CommonOptions.Json("Print one JSON object on standard output, and nothing else there");
        var verb = new Verb("imatrix", "Gather which columns of a model's matrices matter, for quantize",
            "puna imatrix --model runs/NAME/model --data text.txt --output imatrix.gguf",
            "puna quantize --model runs/NAME/model --type q3_k_m --imatrix imatrix.gguf --output model-q3_k_m.gguf")
        {
            Remarks = "Runs the model over the text in single precision. llama.cpp reads the file too.",
        };
        model.AddTo(verb);
        foreach (var option in (Option[])[data, output, context, chunks, overwrite, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            if (DataFiles.Of(parsed, data, session) is not { Length: > 0 } files) throw new InvalidDataException("imatrix needs text to run over: give --data FILE");
            var target = parsed.GetValue(output) ?? throw new InvalidDataException("imatrix needs a place to write to: give --output FILE.gguf");
            if (Path.Exists(target) && !parsed.GetValue(overwrite)) throw new InvalidDataException($"{target} exists; give another place, or --overwrite to replace it");
            if (Directory.Exists(target)) throw new InvalidDataException($"{target} is a folder; give the name of a file");
            var texts = files.Select(file => (Path.GetFileName(file), TextFile.Read(file))).ToArray();
            var display = Displays.For(session);
            using var open = model.Open(parsed, session);
            using var work = session.Interrupts.Begin();
            display.Stage("run over the text");
            var matrix = ImportanceGatherer.Gather(open.Model, open.Device, texts, parsed.GetValue(context) ?? 0, parsed.GetValue(chunks) ?? 0, display.Progress, work.Token);
            using var pool = new WorkerPool(1);
            matrix.Save(target, pool);
            session.Interrupts.End();
            display.Say($"{matrix.Names.Count} matrices over {Figures.Count(matrix.ChunkCount)} pieces of {matrix.ChunkSize} tokens");
            if (parsed.GetValue(json))
            {
                JsonOutput.WriteObject(session.Output, json =>
                {
                    json.WriteString("path", target);
                    json.WriteNumber("matrices", matrix.Names.Count);
                    json.WriteNumber("chunks", matrix.ChunkCount);
                    json.WriteNumber("chunk_size", matrix.ChunkSize);
                });
            }
            else if (!session.OutputIsTerminal)
            {
                session.Output.WriteLine(target);
            }
            return ExitCodes.Done;
        });
    }
}
