using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Reports;
using Puna.Text;

namespace Puna.Cli.Commands;

/// <summary><c>puna tokenizer train</c>: text in, a tokenizer.model out.</summary>
internal static class TokenizerTrainCommand
{
    public static Command Create(Session session)
    {
        var data = CommonOptions.Data("Training text, UTF-8");
        var type = new Option<string>("--type") { Description = "The algorithm: bpe, or char for one piece a character", HelpName = "bpe|char", DefaultValueFactory = _ => "bpe" };
        var output = CommonOptions.Output("Where to save: a .model file, or a folder for tokenizer.model in it", "FILE|DIR");
        var options = new BpeOptions();
        var json = CommonOptions.Json("Print one JSON object: path and vocab_size");
        var verb = new Verb("train", "Learn a tokenizer from text and save it in SentencePiece's format",
            "puna tokenizer train --data text.txt --vocab-size 1000 --output tokenizer.model",
            "puna tokenizer train --data text.txt --vocab-size 4000 --llama --output my-tokenizer   # exact round trips",
            "puna tokenizer train --data text.txt --type char --output letters.model");
        foreach (var option in (Option[])[data, type, output]) verb.Options.Add(option);
        options.AddTo(verb);
        verb.Options.Add(json);
        return verb.Does(parsed =>
        {
            if (parsed.GetValue(data) is not { Length: > 0 } files) throw new InvalidDataException("tokenizer train needs text: give --data FILE");
            if (parsed.GetValue(output) is not { } path) throw new InvalidDataException("tokenizer train needs a place to save to: give --output FILE.model or --output DIR");
            var chosen = options.Of(parsed, parsed.GetValue(type)!);
            var texts = files.Select(TextFile.Read).ToArray();
            var display = Displays.For(session);
            display.Stage("train the tokenizer");
            using var work = session.Interrupts.Begin();
            SentencePieceTokenizer tokenizer = chosen is null
                ? CharacterTokenizerTrainer.Train(texts)
                : SentencePieceBpeTrainer.Train(texts.SelectMany(text => text.Split('\n')), chosen, new DisplayProgress(display), work.Token);
            session.Interrupts.End();
            var file = path.EndsWith(".model", StringComparison.OrdinalIgnoreCase) ? path : Path.Combine(path, Tokenizers.FileName);
            tokenizer.Model.Save(file);
            if (!parsed.GetValue(json)) session.Output.WriteLine($"{Figures.Count(tokenizer.VocabularySize)} pieces saved to {file}");
            else
            {
                JsonOutput.WriteObject(session.Output, members =>
                {
                    members.WriteString("path", file);
                    members.WriteNumber("vocab_size", tokenizer.VocabularySize);
                });
            }
            return ExitCodes.Done;
        });
    }
}
