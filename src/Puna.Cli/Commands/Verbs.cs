using System.CommandLine;
using System.CommandLine.Help;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;

namespace Puna.Cli.Commands;

/// <summary>Every verb of the program. To add one: its file in this folder, a line here.</summary>
internal static class Verbs
{
    private static readonly Func<Session, Command>[] All =
    [
        QuickstartCommand.Create,
        PretrainCommand.Create,
        CompareCommand.Create,
        GenerateCommand.Create,
        ChatCommand.Create,
        EvaluateCommand.Create,
        TokenizerCommand.Create,
        DataCommand.Create,
        InspectCommand.Create,
        LogitsCommand.Create,
        InitCommand.Create,
        ConvertCommand.Create,
        QuantizeCommand.Create,
        ImatrixCommand.Create,
        DiffCommand.Create,
        PullCommand.Create,
        PushCommand.Create,
        PlanCommand.Create,
        ScalingCommand.Create,
        RecipesCommand.Create,
        BenchCommand.Create,
        DoctorCommand.Create,
    ];

    public static RootCommand Root(Session session)
    {
        var root = new RootCommand("Puna: train, try and understand Llama language models on your own machine.");
        root.Options.Add(new Option<bool>("--verbose") { Description = "Say more, and show where an error happened", Recursive = true });
        foreach (var create in All) root.Subcommands.Add(create(session));
        root.SetAction(_ => Overview.Write(root, session.Output));
        foreach (var option in root.Options)
        {
            if (option is HelpOption help) help.Action = new HelpWithExamples((HelpAction)help.Action!, session);
            if (option is VersionOption version) version.Action = new VersionAction(session.Output);
        }
        return root;
    }
}
