namespace Puna.Cli.Tests;

/// <summary>generate beside plain drawing: beams, best of several, contrastive search, drafts.</summary>
public sealed class GenerateSearchTests
{
    private static readonly string[] Start = ["generate", "--model", Tiny.Model, "-p", "the cat", "-n", "8"];

    [Fact]
    public void Beams_come_best_first_with_their_scores()
    {
        var outcome = CommandLine.Done([.. Start, "--beams", "4", "--num-return-sequences", "3", "--length-penalty", "0.5", "--json"]);
        var sequences = outcome.Json.GetProperty("sequences").EnumerateArray().ToArray();
        sequences.Length.ShouldBe(3);
        sequences.Select(sequence => sequence.GetProperty("score").GetDouble()).ShouldBeInOrder(SortDirection.Descending);
        foreach (var sequence in sequences)
        {
            var count = sequence.GetProperty("tokens").GetArrayLength() + (sequence.GetProperty("finish_reason").GetString() == "stop" ? 1 : 0);
            sequence.GetProperty("score").GetDouble().ShouldBe(sequence.GetProperty("log_probability").GetDouble() / Math.Sqrt(count), 1e-9);
        }
        outcome.Json.GetProperty("text").GetString().ShouldBe(sequences[0].GetProperty("text").GetString());
        CommandLine.Done([.. Start, "--num-beams", "4", "--length-penalty", "0.5"]).Output.ShouldBe(sequences[0].GetProperty("text").GetString() + "\n");
        outcome.Error.ShouldContain("3: score ");
        outcome.Error.ShouldContain("4 beams");
    }

    [Fact]
    public void One_beam_is_the_greedy_text() =>
        CommandLine.Done([.. Start, "--beams", "1", "--temperature", "0"]).Output.ShouldBe(CommandLine.Done([.. Start, "--temperature", "0"]).Output);

    [Fact]
    public void Groups_of_beams_begin_differently()
    {
        var json = CommandLine.Done([.. Start, "--beams", "3", "--diversity-penalty", "100", "--num-return-sequences", "3", "--json"]).Json;
        json.GetProperty("sequences").EnumerateArray().Select(sequence => sequence.GetProperty("tokens")[0].GetInt32()).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public void The_best_of_several_draws_is_the_likeliest_and_each_has_a_seed_of_its_own()
    {
        string[] args = [.. Start, "--temperature", "1.5", "--top-k", "0", "--top-p", "1", "--min-p", "0", "--seed", "5"];
        var json = CommandLine.Done([.. args, "--best-of", "4", "--num-return-sequences", "4", "--rerank", "logprob", "--json"]).Json;
        var sequences = json.GetProperty("sequences").EnumerateArray().ToArray();
        sequences.Select(sequence => sequence.GetProperty("log_probability").GetDouble()).ShouldBeInOrder(SortDirection.Descending);
        var texts = sequences.Select(sequence => sequence.GetProperty("text").GetString()).ToArray();
        for (var seed = 5; seed < 9; seed++) texts.ShouldContain(CommandLine.Done([.. args[..^1], $"{seed}"]).Output);
        CommandLine.Done([.. args, "--best-of", "4", "--rerank", "logprob"]).Output.ShouldBe(texts[0] + "\n");
        CommandLine.Done([.. args, "--num-return-sequences", "2", "--json"]).Json.GetProperty("sequences").EnumerateArray()
            .Select(sequence => sequence.GetProperty("mean_log_probability").GetDouble()).ShouldBeInOrder(SortDirection.Descending);
    }

    [Fact]
    public void A_draft_changes_no_greedy_text_and_says_what_it_was_worth()
    {
        string[] args = [.. Start[..^1], "20", "--temperature", "0"];
        var plain = CommandLine.Done(args).Output;
        var drafted = CommandLine.Done([.. args, "--draft-model", Tiny.Model, "--draft-max", "4"]);
        drafted.Output.ShouldBe(plain);
        drafted.Error.ShouldContain("100.0 % of ");
        var json = CommandLine.Done([.. args, "-md", Tiny.Run, "--json"]).Json;
        json.GetProperty("text").GetString().ShouldBe(plain);
        json.GetProperty("acceptance_rate").GetDouble().ShouldBe(1);
        json.GetProperty("tokens_per_pass").GetDouble().ShouldBeGreaterThan(4);
        var copied = CommandLine.Done([.. args, "--lookup", "--json"]).Json;
        copied.GetProperty("text").GetString().ShouldBe(plain);
        copied.GetProperty("accepted_tokens").GetInt32().ShouldBeLessThanOrEqualTo(copied.GetProperty("drafted_tokens").GetInt32());
        CommandLine.Done(args).Error.ShouldNotContain("drafted");
    }

    [Fact]
    public void Contrastive_search_draws_nothing()
    {
        string[] args = [.. Start, "--penalty-alpha", "0.6", "--top-k", "4"];
        var outcome = CommandLine.Done(args);
        CommandLine.Done(args).Output.ShouldBe(outcome.Output);
        outcome.Error.ShouldContain("nothing drawn");
        CommandLine.Done([.. args, "--json"]).Json.TryGetProperty("seed", out _).ShouldBeFalse();
        CommandLine.Done([.. Start, "--penalty-alpha", "0"]).Output.ShouldBe(CommandLine.Done([.. Start, "--temperature", "0"]).Output);
    }

    [Fact]
    public void Options_that_contradict_each_other_or_do_nothing_are_refused()
    {
        void Refused(string options, params string[] words) => CommandLine.Refused([.. Start, .. options.Split(' ')], words);
        Refused("--beams 4 --best-of 2", "--beams", "--best-of");
        Refused("--length-penalty 2", "--length-penalty", "--beams N");
        Refused("--beams 4 --temperature 0.5", "--temperature", "draws none");
        Refused("--beams 4 --dry-multiplier 1", "--dry-multiplier", "draws none");
        Refused("--beams 4 --beam-groups 3", "4 beams cannot be divided into 3");
        Refused("--beams 4 --beam-groups 1 --diversity-penalty 1", "one group");
        Refused("--beams 4 --num-return-sequences 5", "--num-return-sequences 5", "finds 4");
        Refused("--best-of 2 --num-return-sequences 5", "draws 2");
        Refused("--rerank logprob", "--rerank", "--best-of");
        Refused("--beams 2 --rerank length", "logprob or mean-logprob");
        Refused("--beams 2 --lookup", "--lookup", "several");
        Refused("--beams 2 --n 3", "--n", "the best");
        Refused("--best-of 2 --logprobs 2", "--logprobs", "the best");
        Refused("--n 2 --lookup", "--lookup", "--n");
        Refused("--beams 2 --penalty-alpha 0.5", "--penalty-alpha");
        Refused("--penalty-alpha 0.5 --lookup", "--lookup", "--penalty-alpha");
        Refused("--penalty-alpha 0.5 --top-p 0.5", "--top-p", "--penalty-alpha");
        Refused("--penalty-alpha 1.5", "from 0 to 1");
        Refused("--draft-max 4", "--draft-max", "--draft-model PATH or --lookup");
        Refused($"--lookup --draft-model {Tiny.Model}", "one of them");
        Refused("--lookup --draft-min-p 0.5", "--draft-min-p");
        Refused("--draft-model nowhere", "nowhere");
        Refused($"--draft-model {Tiny.ChatModel}", "another vocabulary");
    }

    [Fact]
    public void A_stop_string_ends_beams_and_draws_before_it()
    {
        string[] beams = [.. Start, "--beams", "3"];
        var text = CommandLine.Done(beams).Output;
        var stop = text[3..5];
        CommandLine.Done([.. beams, "--stop", stop, "--num-return-sequences", "3"]).Output.ShouldNotContain(stop);
        var json = CommandLine.Done([.. Start, "--best-of", "3", "--seed", "1", "--stop", " ", "--num-return-sequences", "3", "--json"]).Json;
        json.GetProperty("sequences").EnumerateArray().ShouldAllBe(sequence => !sequence.GetProperty("text").GetString()!.Contains(' '));
    }
}
