using System.CommandLine;
using Puna.Hub;

namespace Puna.Cli.Options;

/// <summary>What verbs that talk to a hub have in common: which one, and whom it may send us to.</summary>
internal sealed class HubArguments
{
    private readonly Option<string?> _endpoint = new("--endpoint") { Description = $"The hub (default: HF_ENDPOINT, else {HubOptions.DefaultEndpoint})", HelpName = "URL" };
    private readonly Option<string[]> _allow = new("--allow-host")
    {
        Description = "Hosts that the hub may send us to besides its own and Hugging Face's: cdn.example.org, host:port or *.example.org",
        HelpName = "HOST",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_endpoint);
        command.Options.Add(_allow);
    }

    /// <summary>With what the environment says: endpoint, token, whether we are offline.</summary>
    /// <exception cref="InvalidDataException">Something of it is malformed.</exception>
    public HubOptions Of(ParseResult parsed) => HubOptions.From(parsed.GetValue(_endpoint), parsed.GetValue(_allow)!, Environment.GetEnvironmentVariable, Environment.CurrentDirectory);

    /// <summary>Several values, none by default.</summary>
    public static Option<string[]> List(string name, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };
}
