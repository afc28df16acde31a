using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Puna.Experiments.Recipes;

namespace Puna.Cli;

/// <summary>The first thing wrong with a command line, as one sentence with the nearest known name.</summary>
internal static class UsageErrors
{
    /// <summary>Options whose value may look like an option.</summary>
    private static readonly string[] FreeText = ["--prompt", "--stop", "--set", "--system", "--dry-sequence-breaker", "--regex", "--grammar", "--json-schema"];

    /// <summary>The sentence, or null where the command line may run.</summary>
    public static string? First(ParseResult parsed)
    {
        if (parsed.Action is CommandLineAction { ClearsParseErrors: true }) return null;
        var command = parsed.CommandResult.Command;
        if (Swallowed(parsed) is { } swallowed) return UnknownOption(command, swallowed, parsed);
        if (parsed.UnmatchedTokens is [var unmatched, ..]) return Unmatched(command, unmatched, parsed);
        if (parsed.Errors.Count == 0) return null;
        if (command.Subcommands.Count > 0 && parsed.CommandResult.Tokens.Count == 0 && command is not RootCommand)
            return $"{command.Name} needs one of {string.Join(", ", command.Subcommands.Select(sub => sub.Name))}; see {Help(command)}";
        var message = parsed.Errors[0].Message.ReplaceLineEndings(" ").TrimEnd('.');
        return $"{char.ToLowerInvariant(message[0])}{message[1..]}; see {Help(command)}";
    }

    private static string Unmatched(Command command, string token, ParseResult parsed)
    {
        if (IsOption(token)) return UnknownOption(command, token, parsed);
        if (command.Subcommands.Count == 0) return $"{command.Name} does not take '{token}'; see {Help(command)}";
        var names = command.Subcommands.SelectMany(sub => sub.Aliases.Prepend(sub.Name));
        return $"'{token}' is not a verb of {(command is RootCommand ? "puna" : command.Name)}; the nearest is '{NearestKey.Of(token, names)}'";
    }

    private static string UnknownOption(Command command, string token, ParseResult parsed)
    {
        var name = token.Split('=', ':')[0];
        var known = Known(parsed).Where(option => !option.Hidden).SelectMany(option => option.Aliases.Prepend(option.Name)).Where(option => option.Length > 2);
        return $"{name} is not an option of {(command is RootCommand ? "puna" : command.Name)}; the nearest is {NearestKey.Of(name, known)}";
    }

    private static IEnumerable<Option> Known(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.Concat(parsed.RootCommandResult.Command.Options.Where(option => option.Recursive));

    /// <summary>A misspelt option that was taken for the value of an argument or of another option.</summary>
    private static string? Swallowed(ParseResult parsed)
    {
        var literal = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var result in parsed.CommandResult.Children)
        {
            if (result is OptionResult { Option.Name: var name } && FreeText.Contains(name)) continue;
            if (result.Tokens.FirstOrDefault(token => IsOption(token.Value) && !literal.Contains(token)) is { } token) return token.Value;
        }
        return null;
    }

    private static bool IsOption(string token) => token.Length > 1 && token[0] == '-' && !char.IsAsciiDigit(token[1]) && token[1] != '.';

    private static string Help(Command command)
    {
        var path = command.Name;
        for (var parent = command.Parents.FirstOrDefault(); parent is Command and not RootCommand; parent = parent.Parents.FirstOrDefault()) path = $"{parent.Name} {path}";
        return command is RootCommand ? "puna --help" : $"puna {path} --help";
    }
}
