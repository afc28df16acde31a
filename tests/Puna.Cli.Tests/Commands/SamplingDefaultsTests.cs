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

    [Fact]
    public void Every_step_has_its_options_with_the_names_of_llama_cpp()
    {
        var chosen = Sampling(null, "--dynatemp-range", "0.5", "--dynatemp-exp", "2", "--top-n-sigma", "1.5", "--typical", "0.9", "--xtc-probability", "0.3", "--xtc-threshold", "0.2",
            "--repeat-penalty", "1.2", "--repeat-last-n", "-1", "--presence-penalty", "-0.5", "--frequency-penalty", "0.25", "--dry-multiplier", "0.8", "--dry-base", "2", "--dry-allowed-length", "3",
            "--dry-penalty-last-n", "100", "--mirostat", "2", "--mirostat-lr", "0.2", "--mirostat-ent", "4", "--samplers", "top_k;temperature", "--logit-bias", "5+1.5", "--logit-bias", "6-2", "--logit-bias", "7-inf");
        (chosen.DynamicTemperatureRange, chosen.DynamicTemperatureExponent, chosen.TopNSigma, chosen.TypicalP).ShouldBe((0.5, 2, 1.5, 0.9));
        (chosen.XtcProbability, chosen.XtcThreshold, chosen.RepetitionPenalty, chosen.PenaltyWindow).ShouldBe((0.3, 0.2, 1.2, -1));
        (chosen.PresencePenalty, chosen.FrequencyPenalty, chosen.Samplers).ShouldBe((-0.5, 0.25, "top_k;temperature"));
        (chosen.DryMultiplier, chosen.DryBase, chosen.DryAllowedLength, chosen.DryWindow).ShouldBe((0.8, 2, 3, 100));
        (chosen.Mirostat, chosen.MirostatEta, chosen.MirostatTau).ShouldBe((2, 0.2, 4));
        chosen.LogitBias.OrderBy(bias => bias.Key).Select(bias => (bias.Key, bias.Value)).ShouldBe([(5, 1.5), (6, -2), (7, double.NegativeInfinity)]);
        chosen.DrySequenceBreakers.ShouldBe(["\n", ":", "\"", "*"]);
        Sampling(null, "--dry-sequence-breaker", "\\n", "--dry-sequence-breaker", "-").DrySequenceBreakers.ShouldBe(["\n", "-"]);
        Sampling(null, "--dry-sequence-breaker", "none").DrySequenceBreakers.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("--mirostat 1", "--mirostat 1", "use 2")]
    [InlineData("--mirostat 3", "from 0 to 2")]
    [InlineData("--samplers top_k;top_x", "'top_x'", "known steps are penalties, dry")]
    [InlineData("--samplers top_k;top_k", "twice")]
    [InlineData("--logit-bias 5", "--logit-bias 5", "15043+1")]
    [InlineData("--logit-bias 5+x", "--logit-bias 5+x")]
    [InlineData("--logit-bias 5+inf", "--logit-bias 5+inf")]
    [InlineData("--logit-bias 5+1 --logit-bias 5-1", "token 5 has a bias already")]
    [InlineData("--logit-bias 5000-inf", "token 5000", "the vocabulary has")]
    [InlineData("--dry-base 0.5", "--dry-base", "from 1 to")]
    [InlineData("--xtc-probability 2", "from 0 to 1")]
    public void What_no_step_takes_is_refused(string options, string first, string second = "") =>
        CommandLine.Refused(["generate", "--model", Tiny.Model, "-p", "the", "-n", "3", .. options.Split(' ')], first, second);

    [Fact]
    public void A_models_file_with_a_value_that_no_step_takes_is_refused_by_name() =>
        Should.Throw<InvalidDataException>(() => Sampling(new GenerationConfig { TopP = 1.5 })).Message.ShouldBe("TopP is 1.5; it must be between 0 and 1.");

    [Fact]
    public void Every_step_can_be_used_from_the_command_line()
    {
        string[] args = ["generate", "--model", Tiny.Model, "-p", "the cat", "-n", "20", "--seed", "3", "--temperature", "1"];
        var plain = CommandLine.Done(args).Output;
        foreach (var options in (string[])["--dynatemp-range 0.9", "--top-n-sigma 0.1", "--xtc-probability 1 --xtc-threshold 0.01", "--dry-multiplier 5 --dry-allowed-length 1 --dry-sequence-breaker none", "--mirostat 2 --mirostat-ent 6", "--repeat-penalty 3", "--samplers penalties --repeat-penalty 5"])
            CommandLine.Done([.. args, .. options.Split(' ')]).Output.ShouldNotBe(plain, options);
        CommandLine.Done([.. args, "--dry-multiplier", "1"]).Output.ShouldNotBeEmpty(); // with the breakers that are there by default
    }

    private static Inference.SamplingOptions Sampling(GenerationConfig? makers, params string[] args)
    {
        var arguments = new SamplingArguments(10);
        var command = new Command("x");
        arguments.AddTo(command);
        return arguments.Sampling(command.Parse(args), makers);
    }
}
