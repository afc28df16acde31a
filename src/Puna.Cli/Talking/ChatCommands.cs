using Puna.Cli.Terminal;
using Puna.Experiments.Reports;
using Puna.Inference;

namespace Puna.Cli.Talking;

/// <summary>What a line of a chat asks for.</summary>
internal enum LineMeaning
{
    /// <summary>It is a message.</summary>
    Message,

    /// <summary>It was a command, and that is done.</summary>
    Done,

    /// <summary>The last message is to be answered again.</summary>
    Again,

    /// <summary>The end.</summary>
    Exit,
}

/// <summary>The commands of a chat: a line that begins with a slash and a word. To add one: a line here.</summary>
internal sealed class ChatCommands
{
    private readonly Session _session;
    private readonly ChatSession _chat;
    private readonly TextGenerator _generator;
    private readonly string _model;
    private readonly List<ChatCommandEntry> _all;

    public ChatCommands(Session session, ChatSession chat, TextGenerator generator, string model)
    {
        (_session, _chat, _generator, _model) = (session, chat, generator, model);
        _all =
        [
            new(["/help", "/?"], "", "says this", _ => Say(Help)),
            new(["/clear"], "", "forgets the conversation", _ => Clear()),
            new(["/system"], "[TEXT|off]", "shows, sets or removes the system message", SetSystem),
            new(["/undo"], "", "takes the last exchange back", _ => Undo()),
            new(["/regenerate", "/retry"], "", "answers the last message again, with the next seed", _ => LineMeaning.Again),
            new(["/history"], "", "shows the conversation", _ => ShowHistory()),
            new(["/save"], "FILE", "saves the conversation as JSON, and what is computed of it in FILE.cache", Save),
            new(["/load"], "FILE", "takes up a saved conversation", Load),
            new(["/set"], "[NAME VALUE]", "shows or sets temperature, top-k, max-tokens and others", words => Say(words.Length == 0 ? ChatSettings.Show(_chat) : ChatSettings.Set(_chat, words))),
            new(["/stats"], "", "figures of the latest answer, and the context left", _ => Say(Stats)),
            new(["/exit", "/quit", "/bye"], "", "ends the chat, as Ctrl-D does", _ => LineMeaning.Exit),
        ];
    }

    private string Help => string.Join('\n', _all.Select(command => $"{$"{string.Join(", ", command.Names)} {command.Arguments}",-34} {command.Meaning}"))
        + "\nA line that ends with a backslash goes on in the next; \"\"\" begins and ends a message of several lines; a space before a slash makes it a message. Ctrl-C stops an answer.";

    private string Stats
    {
        get
        {
            var (statistics, context) = (_generator.Statistics, _generator.Generator.ContextLength);
            return $"prompt {Figures.Count(statistics.PromptTokens)} tokens, {Figures.Count(statistics.CachedTokens)} of them kept from before, in {Figures.Duration(statistics.PromptSeconds)}; "
                + $"answer {Figures.Count(statistics.GeneratedTokens)} tokens at {Figures.Significant(statistics.TokensPerSecond)} a second; "
                + $"context {Figures.Count(_chat.UsedPositions)} of {Figures.Count(context)} positions used, {Figures.Count(context - _chat.UsedPositions)} left; cache {Figures.Bytes(_generator.Generator.Engine.Memory.Cache)}";
        }
    }

    /// <summary>Does what a command asks for; tells a message from a command.</summary>
    public LineMeaning Interpret(string line)
    {
        // a path or anything else with a second slash in its first word is no command
        var space = line.IndexOfAny([' ', '\n']);
        var (name, words) = space < 0 ? (line.TrimEnd(), "") : (line[..space], line[space..].Trim());
        if (!line.StartsWith('/') || name.IndexOf('/', 1) > 0) return LineMeaning.Message;
        if (_all.Find(command => command.Names.Contains(name)) is not { } found) return Say($"{name} is not a command of the chat; /help lists them, and a space before it makes it a message");
        if (words.Length > 0 && found.Arguments.Length == 0) return Say($"{name} takes nothing behind it");
        try
        {
            return found.Run(words);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException or InsufficientMemoryException)
        {
            return Say($"({exception.Message})");
        }
    }

    private LineMeaning Say(string text)
    {
        foreach (var line in text.Split('\n')) _session.Log(string.Concat(line.Select(c => char.IsControl(c) ? '\uFFFD' : c))); // a loaded file may hold anything
        return LineMeaning.Done;
    }

    private LineMeaning Clear()
    {
        _chat.Clear();
        return Say("the conversation is forgotten");
    }

    private LineMeaning SetSystem(string words)
    {
        if (!_chat.HasTemplate) return Say("a base model has no system message");
        if (words.Length > 0) _chat.System = words == "off" ? null : words;
        return Say(_chat.System is { } system ? $"system: {system}" : "there is no system message");
    }

    private LineMeaning Undo() => Say(_chat.Undo() is { } message ? $"taken back: {message}" : "there is nothing to take back");

    private LineMeaning ShowHistory()
    {
        if (_chat.System is { } system) Say($"system: {system}");
        foreach (var turn in _chat.Turns) Say($"{turn.Role}: {turn.Content}");
        return _chat.Turns.Count == 0 ? Say("nothing has been said yet") : LineMeaning.Done;
    }

    private LineMeaning Save(string words)
    {
        var path = FileOf(words, "/save");
        var saved = ConversationFile.Save(path, _chat, _generator, _model);
        return Say($"{Figures.Count(saved.Turns)} messages saved to {path}" + (saved.CachedPositions > 0 ? $", and what is computed of them ({Figures.Count(saved.CachedPositions)} positions) to {ConversationFile.CacheOf(path)}" : "; this engine cannot save what it has computed of them"));
    }

    private LineMeaning Load(string words)
    {
        var path = FileOf(words, "/load");
        var loaded = ConversationFile.Load(path, _chat, _generator);
        return Say($"{Figures.Count(loaded.Turns)} messages loaded from {path}" + (loaded.CacheProblem is { } problem ? $"; they will be computed again, since {problem}" : $", and {Figures.Count(loaded.CachedPositions)} positions computed before"));
    }

    private static string FileOf(string words, string command)
    {
        if (words.Length == 0) throw new InvalidDataException($"say {command} FILE");
        return words.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), words[2..]) : words;
    }
}

/// <summary>One command.</summary>
/// <param name="Names">Its names, the first one shown first.</param>
/// <param name="Arguments">What may stand behind it; empty for nothing.</param>
/// <param name="Meaning">What it does, for help.</param>
/// <param name="Run">Does it; given what stands behind it.</param>
internal sealed record ChatCommandEntry(string[] Names, string Arguments, string Meaning, Func<string, LineMeaning> Run);
