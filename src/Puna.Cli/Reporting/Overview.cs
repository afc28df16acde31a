using System.CommandLine;

namespace Puna.Cli.Reporting;

/// <summary>What <c>puna</c> by itself says: what there is and where to begin.</summary>
internal static class Overview
{
    public static int Write(RootCommand root, TextWriter output)
    {
        output.WriteLine($"""
            {root.Description}

            Begin here (two minutes, nothing to download):
              puna quickstart                 watch a small Llama learn, get a report and a model to talk to
              puna chat                       talk to the newest model

            Verbs:
            """);
        foreach (var verb in root.Subcommands.Where(verb => !verb.Hidden)) output.WriteLine($"  {verb.Name,-12} {verb.Description!.Split('\n')[0].TrimEnd('.')}");
        output.WriteLine("""

            Examples:
              puna pretrain student-shakespeare --data shakespeare.txt
              puna generate --model runs/NAME/model --prompt "Once upon a time"
              puna VERB --help                options and examples of a verb
              puna --version                  version, commit, runtime and kernels
            """);
        return ExitCodes.Done;
    }
}
