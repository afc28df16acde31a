using System.CommandLine;
using System.Globalization;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Reports;
using Puna.Models;
using Puna.Text;

namespace Puna.Cli.Commands;

/// <summary><c>puna tokenizer report</c>: tokenizers side by side on given files.</summary>
internal static class TokenizerReportCommand
{
    public static Command Create(Session session)
    {
        var tokenizers = new Option<string[]>("--tokenizer") { Description = "Tokenizer files or model folders, any number", HelpName = "PATH", AllowMultipleArgumentsPerToken = true, Arity = ArgumentArity.OneOrMore, DefaultValueFactory = _ => [] };
        var data = CommonOptions.Data("Text files or patterns, UTF-8; NAME=FILE puts a file under a name of your own, a language for example");
        var json = CommonOptions.Json("Print one JSON object with a list of rows");
        var verb = new Verb("report", "Compare tokenizers on files: bytes a token, tokens a word",
            "puna tokenizer report --tokenizer a.model b/tokenizer.json --data de=faust.txt code=src/*.cs",
            "puna tokenizer report --tokenizer llama-2/ llama-3/ gpt2/ --data *.txt --json")
        {
            Remarks = "Without a name a file is code by its ending, or belongs to the script of most of its letters. A word is what stands between white space; begin and end symbols are not counted.",
        };
        foreach (var option in (Option[])[tokenizers, data, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            if (parsed.GetValue(tokenizers) is not { Length: > 0 } paths) throw new InvalidDataException("tokenizer report needs tokenizers: give --tokenizer PATH, once or more");
            if (DataFiles.Of(parsed, data, session) is not { Length: > 0 } files) throw new InvalidDataException("tokenizer report needs text: give --data FILE or --data NAME=FILE");
            string[] named = [.. files.Select(file => Path.Exists(file) || file.IndexOf('=') is not (> 0 and var equals) ? file : file[..(equals + 1)] + DataFiles.Of(file[(equals + 1)..], session))];
            var loaded = paths.Select(path => (path, TokenizerPath.Load(path))).ToArray();
            using var work = session.Interrupts.Begin();
            var scores = TokenizerComparison.Run(loaded, named.SelectMany(Texts), work.Token);
            session.Interrupts.End();
            if (parsed.GetValue(json)) WriteJson(session, scores);
            else WriteTable(session, scores);
            return ExitCodes.Done;
        });
    }

    private static IEnumerable<(string Kind, string Text)> Texts(string given)
    {
        var equals = Path.Exists(given) ? -1 : given.IndexOf('=');
        foreach (var path in DocumentFiles.Find(given[(equals + 1)..]))
        {
            var text = TextFile.Read(path);
            yield return (equals > 0 ? given[..equals] : TokenizerComparison.KindOf(path, text), text);
        }
    }

    private static void WriteTable(Session session, IReadOnlyList<TokenizerScore> scores)
    {
        string[] head = ["text", "tokenizer", "bytes", "words", "tokens", "bytes/token", "tokens/word"];
        var rows = scores.Select(score => (string[])[score.Kind, score.Tokenizer, Figures.Count(score.Bytes), Figures.Count(score.Words), Figures.Count(score.Tokens), Two(score.BytesPerToken), Two(score.TokensPerWord)]).Prepend(head).ToArray();
        int[] widths = [.. head.Select((_, column) => rows.Max(row => row[column].Length))];
        foreach (var row in rows) session.Output.WriteLine(string.Join("  ", row.Select((cell, column) => column < 2 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))));
    }

    private static void WriteJson(Session session, IReadOnlyList<TokenizerScore> scores) => JsonOutput.WriteObject(session.Output, members =>
    {
        members.WriteStartArray("rows");
        foreach (var score in scores)
        {
            members.WriteStartObject();
            members.WriteString("text", score.Kind);
            members.WriteString("tokenizer", score.Tokenizer);
            members.WriteNumber("bytes", score.Bytes);
            members.WriteNumber("words", score.Words);
            members.WriteNumber("tokens", score.Tokens);
            members.WriteNumber("bytes_per_token", score.BytesPerToken);
            members.WriteNumber("tokens_per_word", score.TokensPerWord);
            members.WriteEndObject();
        }
        members.WriteEndArray();
    });

    private static string Two(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
