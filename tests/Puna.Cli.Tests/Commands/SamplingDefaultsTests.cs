using System.CommandLine;
using Puna.Cli.Options;
using Puna.Models;

namespace Puna.Cli.Tests;

/// <summary>Who decides how tokens are chosen: the user, then the model's makers, then the program.</summary>
public sealed class SamplingDefaultsTests
{
    [Fact]
    public void The_user_comes_before_the_makers_and_these_before_the_defaults()
    {
        var makers = new GenerationConfig { Temperature = 0.6, TopP = 0.9, RepetitionPenalty = 1.1 };
        var chosen = Sampling(makers, "--top-p", "0.5");
        (chosen.Temperature, chosen.TopP, chosen.RepetitionPenalty, chosen.TopK).ShouldBe((0.6, 0.5, 1.1, 40));
        var plain = Sampling(null);
        (plain.Temperature, plain.TopP, plain.RepetitionPenalty, plain.TopK).ShouldBe((0.8, 0.95, 1, 40));
        Sampling(makers, "--temperature", "0").Temperature.ShouldBe(0);
    }

    [Fact]
    public void Generate_heeds_the_models_file()
    {
        using var scratch = new Scratch();
        CommandLine.Done("convert", "--from", Tiny.Model, "--to", scratch["m"]);
        File.WriteAllText(Path.Combine(scratch["m"], GenerationConfig.FileName), "{\"temperature\": 0}");
        string Text(params string[] more) => CommandLine.Done(["generate", "--model", scratch["m"], "--prompt", "the", "--max-tokens", "20", .. more]).Output;
        Text("--seed", "1").ShouldBe(Text("--seed", "2"));
        Text("--seed", "1").ShouldBe(Text("--temperature", "0"));
    }

    private static Inference.SamplingOptions Sampling(GenerationConfig? makers, params string[] args)
    {
        var arguments = new SamplingArguments(10);
        var command = new Command("x");
        arguments.AddTo(command);
        return arguments.Sampling(command.Parse(args), makers);
    }
}
