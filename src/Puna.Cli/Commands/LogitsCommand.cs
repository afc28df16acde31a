using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Terminal;
using Puna.Evaluation;
using Puna.Experiments.Reports;
using Puna.Models;

namespace Puna.Cli.Commands;

/// <summary><c>puna logits</c>: what a network computes, for comparing it with another program's.</summary>
internal static class LogitsCommand
{
    public static Command Create(Session session)
    {
        var model = new ModelOptions();
        var tokens = new Option<string?>("--tokens") { Description = "A JSON array of token ids, or of such arrays", HelpName = "FILE.json" };
        var documents = new Option<string?>("--documents") { Description = "The document of each token of packed rows, in the same form: positions begin anew with each, and a token sees its own only", HelpName = "FILE.json" };
        var output = CommonOptions.Output("Where to save the logits", "FILE.safetensors");
        var verb = new Verb("logits", "Compute the logits of token sequences",
            "puna logits --model DIR --tokens ids.json --output logits.safetensors",
            "puna logits --model DIR --tokens packed.json --documents documents.json --output logits.safetensors")
        {
            Remarks = "The file has the tensor logits [tokens, vocabulary] in fp32; for several sequences logits.0, logits.1 and so on. The model needs no tokenizer. Products are computed in fp32 unless --precision says otherwise.",
        };
        model.AddTo(verb);
        foreach (var option in (Option[])[tokens, documents, output]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            if (parsed.GetValue(tokens) is not { } ids) throw new InvalidDataException("logits needs token ids: give --tokens FILE.json");
            if (parsed.GetValue(output) is not { } path) throw new InvalidDataException("logits needs a place to save to: give --output FILE.safetensors");
            var vocabulary = ModelPath.ReadConfig(model.Folder(parsed, session, orNewest: false)).VocabularySize;
            var sequences = TokenFile.Read(ids, parsed.GetValue(documents), vocabulary);
            using var open = model.Open(parsed, session, requireTokenizer: false);
            using var work = session.Interrupts.Begin();
            SafetensorsWriter.Write(path, SequenceLogits.ComputeAll(open.Model.Network, open.Device, open.Precision, sequences, work.Token));
            session.Interrupts.End();
            session.Log($"logits of {Figures.Count(sequences.Ids.Sum(row => (long)row.Length))} tokens saved to {path}");
            return ExitCodes.Done;
        });
    }
}
