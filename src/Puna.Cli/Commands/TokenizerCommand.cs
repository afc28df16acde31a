using System.CommandLine;
using Puna.Cli.Terminal;

namespace Puna.Cli.Commands;

/// <summary><c>puna tokenizer</c>: train one, or use one.</summary>
internal static class TokenizerCommand
{
    public static Command Create(Session session)
    {
        var verb = new Verb("tokenizer", "Train a tokenizer, encode text, decode ids, compare tokenizers",
            "puna tokenizer train --data text.txt --vocab-size 1000 --output tokenizer.model",
            "printf 'some text' | puna tokenizer encode --tokenizer tokenizer.model",
            "printf 'some text' | puna tokenizer encode --tokenizer DIR | puna tokenizer decode --tokenizer DIR");
        verb.Subcommands.Add(TokenizerTrainCommand.Create(session));
        verb.Subcommands.Add(TokenizerEncodeCommand.Create(session));
        verb.Subcommands.Add(TokenizerDecodeCommand.Create(session));
        verb.Subcommands.Add(TokenizerReportCommand.Create(session));
        return verb;
    }
}
