using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Models;
using Puna.Text;

namespace Puna.Cli.Commands;

/// <summary><c>puna tokenizer encode</c>: text in, ids out.</summary>
internal static class TokenizerEncodeCommand
{
    public static Command Create(Session session)
    {
        var tokenizer = CommonOptions.Tokenizer("A tokenizer file (SentencePiece, tokenizer.json, tiktoken ranks, vocab.json, llama2.c's tokenizer.bin) or a model folder");
        var bos = new Option<bool>("--add-bos") { Description = "Put the begin symbol first" };
        var eos = new Option<bool>("--add-eos") { Description = "Put the end symbol last" };
        var special = new Option<bool>("--parse-special") { Description = "Turn control symbols spelled out in the text into their ids" };
        var json = CommonOptions.Json("Read one JSON string a line, print one array of ids a line");
        var verb = new Verb("encode", "Turn text into ids",
            "printf 'some text' | puna tokenizer encode --tokenizer tokenizer.model",
            "printf '\"some text\"\\n\"some more\"\\n' | puna tokenizer encode --tokenizer DIR --json --add-bos")
        {
            Remarks = "All of standard input is one text, its last line end included (printf '…' has none, echo adds one); the ids stand on one line. No begin or end symbol is added unless asked for.",
        };
        foreach (var option in (Option[])[tokenizer, bos, eos, special, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            var loaded = TokenizerPath.Load(parsed.GetValue(tokenizer) ?? throw new InvalidDataException("tokenizer encode needs a tokenizer: give --tokenizer PATH"));
            var options = new EncodeOptions(parsed.GetValue(bos), parsed.GetValue(eos), parsed.GetValue(special));
            if (!parsed.GetValue(json)) session.Output.WriteLine(string.Join(' ', loaded.Encode(session.Input.ReadToEnd(), options)));
            else foreach (var text in JsonLines.Strings(session.Input)) session.Output.WriteLine($"[{string.Join(',', loaded.Encode(text, options))}]");
            return ExitCodes.Done;
        });
    }
}
