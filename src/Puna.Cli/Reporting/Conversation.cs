using Puna.Cli.Terminal;
using Puna.Inference;

namespace Puna.Cli.Reporting;

/// <summary>Reads messages and shows answers until the input ends.</summary>
internal static class Conversation
{
    public const string Help = "/clear forgets the conversation, /quit ends it, /help says this; Ctrl-C stops an answer";

    public static int Run(Session session, ChatSession chat, TextGenerator generator)
    {
        while (Read(session) is { } line)
        {
            switch (line.Trim())
            {
                case "":
                    break;
                case "/quit" or "/exit" or "/bye":
                    return ExitCodes.Done;
                case "/clear":
                    chat.Clear();
                    session.Log("the conversation is forgotten");
                    break;
                case "/help" or "/?":
                    session.Log(Help);
                    break;
                case ['/', .. var word] when !word.Contains(' ') && !word.Contains('/'):
                    session.Log($"/{word} is not a command of the chat; {Help}");
                    break;
                default:
                    Answer(session, chat, generator, line);
                    break;
            }
        }
        if (session.InputIsTerminal) session.Error.WriteLine();
        return ExitCodes.Done;
    }

    private static string? Read(Session session)
    {
        if (session.InputIsTerminal)
        {
            session.Error.Write("> ");
            session.Error.Flush();
        }
        return session.Input.ReadLine();
    }

    private static void Answer(Session session, ChatSession chat, TextGenerator generator, string message)
    {
        using var work = session.Interrupts.Begin();
        try
        {
            var pieces = chat.Ask(message, work.Token);
            if (chat.Forgotten > 0) session.Log($"(the conversation has outgrown the context of {generator.Generator.ContextLength} tokens: the oldest {(chat.Forgotten == 1 ? "exchange is" : $"{chat.Forgotten} exchanges are")} forgotten)");
            foreach (var piece in pieces)
            {
                session.Output.Write(piece);
                session.Output.Flush();
            }
            session.Output.WriteLine();
            session.Output.Flush();
            if (work.IsCancellationRequested) session.Log("(stopped)");
            else if (chat.HasTemplate && generator.Statistics.FinishReason == FinishReason.Length) session.Log("(cut short by the token limit or the end of the context)");
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
