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
        var type = new Option<string>("--type") { Description = "The algorithm: bpe or unigram (SentencePiece's), byte-bpe (GPT-2's and Llama 3's), or char for one piece a character", HelpName = "bpe|unigram|byte-bpe|char", DefaultValueFactory = _ => "bpe" };
        var output = CommonOptions.Output("Where to save: a .model file (for byte-bpe a .json, or a .tiktoken of ranks), or a folder for it", "FILE|DIR");
        var options = new BpeOptions();
        var json = CommonOptions.Json("Print one JSON object: path, vocab_size, dropped_words and dropped_occurrences");
        var verb = new Verb("train", "Learn a tokenizer from text and save it in SentencePiece's format, or a byte-level one as tokenizer.json",
            "puna tokenizer train --data text.txt --vocab-size 1000 --output tokenizer.model",
            "puna tokenizer train --data text.txt --vocab-size 4000 --llama --output my-tokenizer   # exact round trips",
            "puna tokenizer train --data text.txt --type unigram --vocab-size 8000 --memory 4G --output tokenizer.model",
            "puna tokenizer train --data text.txt --type byte-bpe --vocab-size 4000 --output my-tokenizer",
            "puna tokenizer train --data text.txt --type char --output letters.model");
        foreach (var option in (Option[])[data, type, output]) verb.Options.Add(option);
        options.AddTo(verb);
        verb.Options.Add(json);
        return verb.Does(parsed =>
        {
            if (DataFiles.Of(parsed, data, session) is not { Length: > 0 } files) throw new InvalidDataException("tokenizer train needs text: give --data FILE");
            if (parsed.GetValue(output) is not { } path) throw new InvalidDataException("tokenizer train needs a place to save to: give --output FILE.model or --output DIR");
            var display = Displays.For(session);
            DroppedWords? dropped = null;
            var kind = parsed.GetValue(type)!;
            var byteLevel = kind == BpeOptions.ByteLevel ? options.ByteLevelOf(parsed) with { WhenDropped = Say } : null;
            var chosen = byteLevel is null && options.Of(parsed, kind) is { } given ? given with { WhenDropped = Say } : null;
            // Asked for now, so that a missing file is told before the work begins; read while it goes on.
            var texts = files.Select(path => chosen is null ? TextFile.ReadStretches(path) : TextFile.ReadLines(path)).ToArray().SelectMany(text => text);
            display.Stage("train the tokenizer");
            using var work = session.Interrupts.Begin();
            Tokenizer tokenizer = byteLevel is not null ? ByteLevelBpeTrainer.Train(texts, byteLevel, new DisplayProgress(display), work.Token)
                : chosen is null ? CharacterTokenizerTrainer.Train(texts)
                : kind == BpeOptions.Unigram ? SentencePieceUnigramTrainer.Train(texts, chosen, new DisplayProgress(display), work.Token)
                : SentencePieceBpeTrainer.Train(texts, chosen, new DisplayProgress(display), work.Token);
            session.Interrupts.End();
            var file = Save(tokenizer, path);
            if (!parsed.GetValue(json)) session.Output.WriteLine($"{Figures.Count(tokenizer.VocabularySize)} pieces saved to {file}");
            else
            {
                JsonOutput.WriteObject(session.Output, members =>
                {
                    members.WriteString("path", file);
                    members.WriteNumber("vocab_size", tokenizer.VocabularySize);
                    members.WriteNumber("dropped_words", dropped?.Words ?? 0);
                    members.WriteNumber("dropped_occurrences", dropped?.Occurrences ?? 0);
                });
            }
            return ExitCodes.Done;

            void Say(DroppedWords words)
            {
                dropped = words;
                display.Say(DroppedNote.Of(words));
            }
        });
    }

    private static string Save(Tokenizer tokenizer, string path)
    {
        if (tokenizer is ByteLevelBpe byteLevel)
        {
            if (path.EndsWith(".tiktoken", StringComparison.OrdinalIgnoreCase))
            {
                RankFile.Save(byteLevel, path);
                return path;
            }
            var json = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? path : Path.Combine(path, TokenizerJson.FileName);
            TokenizerJsonWriter.Save(tokenizer, json);
            return json;
        }
        var file = path.EndsWith(".model", StringComparison.OrdinalIgnoreCase) ? path : Path.Combine(path, Tokenizers.FileName);
        ((SentencePieceTokenizer)tokenizer).Model.Save(file);
        return file;
    }
}
