using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Models;

namespace Puna.Cli.Commands;

/// <summary><c>puna tokenizer decode</c>: ids in, text out.</summary>
internal static class TokenizerDecodeCommand
{
    public static Command Create(Session session)
    {
        var tokenizer = CommonOptions.Tokenizer("A tokenizer file (SentencePiece, tokenizer.json, tiktoken ranks, vocab.json, llama2.c's tokenizer.bin) or a model folder");
        var json = CommonOptions.Json("Read one array of ids a line, print one JSON string a line");
        var verb = new Verb("decode", "Turn ids into text",
            "echo 17 4 93 | puna tokenizer decode --tokenizer tokenizer.model",
            "echo '[17,4,93]' | puna tokenizer decode --tokenizer DIR --json")
        {
            Remarks = "All ids on standard input, separated by white space, are one text, which is printed as it is, without a line end of its own. Control symbols give no text.",
        };
        foreach (var option in (Option[])[tokenizer, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            var loaded = TokenizerPath.Load(parsed.GetValue(tokenizer) ?? throw new InvalidDataException("tokenizer decode needs a tokenizer: give --tokenizer PATH"));
            if (!parsed.GetValue(json)) session.Output.Write(loaded.Decode(IdLists.Plain(session.Input.ReadToEnd(), loaded.VocabularySize)));
            else foreach (var ids in JsonLines.Ids(session.Input, loaded.VocabularySize)) JsonOutput.WriteLine(session.Output, line => line.WriteStringValue(loaded.Decode(ids)));
            return ExitCodes.Done;
        });
    }
}
