using Puna.Cli.Terminal;
using Puna.Experiments.Reports;
using Puna.Inference;

namespace Puna.Cli.Talking;

/// <summary>Reads messages and shows answers until the input ends.</summary>
internal static class Conversation
{
    public const string Help = "/help lists the commands, /exit ends the chat, Ctrl-C stops an answer";

    public static int Run(Session session, ChatSession chat, TextGenerator generator, string model)
    {
        var (reader, commands) = (new MessageReader(session), new ChatCommands(session, chat, generator, model));
        while (reader.Read() is { } message)
        {
            if (string.IsNullOrWhiteSpace(message)) continue;
            switch (commands.Interpret(message))
            {
                case LineMeaning.Exit:
                    return ExitCodes.Done;
                case LineMeaning.Message:
                    Answer(session, chat, generator, token => chat.Ask(message, token));
                    break;
                case LineMeaning.Again:
                    Answer(session, chat, generator, chat.AskAgain);
                    break;
            }
        }
        if (session.InputIsTerminal) session.Error.WriteLine();
        return ExitCodes.Done;
    }

    private static void Answer(Session session, ChatSession chat, TextGenerator generator, Func<CancellationToken, IEnumerable<string>> ask)
    {
        using var work = session.Interrupts.Begin();
        try
        {
            var pieces = ask(work.Token);
            var context = generator.Generator.ContextLength;
            if (chat.Forgotten > 0) session.Log($"(the conversation has outgrown the context of {context} tokens: the oldest {(chat.Forgotten == 1 ? "exchange is" : $"{chat.Forgotten} exchanges are")} forgotten)");
            foreach (var piece in pieces)
            {
                session.Output.Write(piece);
                session.Output.Flush();
            }
            session.Output.WriteLine();
            session.Output.Flush();
            if (work.IsCancellationRequested) session.Log("(stopped)");
            else if (chat.HasTemplate && generator.Statistics.FinishReason == FinishReason.Length) session.Log("(cut short by the token limit or the end of the context)");
            if (session.ErrorIsTerminal)
                session.Log($"({Figures.Count(generator.Statistics.GeneratedTokens)} tokens, {Figures.Significant(generator.Statistics.TokensPerSecond)} a second; {Figures.Count(context - chat.UsedPositions)} of {Figures.Count(context)} positions left)");
        }
        catch (InvalidDataException exception)
        {
            session.Log($"({exception.Message})");
        }
        finally
        {
            session.Interrupts.End();
        }
    }
}
