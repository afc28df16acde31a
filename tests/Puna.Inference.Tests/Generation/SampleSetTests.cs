namespace Puna.Inference.Tests;

public sealed class SampleSetTests
{
    [Fact]
    public void A_sample_is_what_its_seed_gives_alone_and_the_prompt_is_computed_once()
    {
        using var tiny = new TinyChat();
        var sampling = new SamplingOptions { Temperature = 1.3, TopK = 0, TopP = 1, MinP = 0, Seed = 40 };
        var limits = new GenerationOptions { MaxOutputTokens = 30, LogProbabilities = 1 };
        foreach (var style in (PromptStyle[])[PromptStyle.Raw, PromptStyle.Chat])
        {
            using var generator = tiny.NewGenerator();
            var request = PromptRequest.Make(generator, "the cat", style);
            var (samples, statistics) = SampleSet.Draw(generator, request, sampling, limits, 4);
            samples.Select(sample => sample.Seed).ShouldBe([40, 41, 42, 43]);
            samples.Select(sample => sample.Text).Distinct().Count().ShouldBeGreaterThan(1);
            (statistics.PromptTokens, statistics.GeneratedTokens).ShouldBe((request.Ids.Count, samples.Sum(sample => sample.Tokens.Count)));
            foreach (var sample in samples)
            {
                using var alone = tiny.NewGenerator();
                string.Concat(request.Stream(alone, sampling with { Seed = sample.Seed }, limits)).ShouldBe(sample.Text);
                alone.Tokens.ShouldBe(sample.Tokens);
                alone.Statistics.FinishReason.ShouldBe(sample.FinishReason);
                alone.LogProbabilities.Select(token => token.LogProbability).ShouldBe(sample.LogProbabilities.Select(token => token.LogProbability));
            }
        }
    }

    [Fact]
    public void Samples_end_at_stop_strings_of_their_own_and_at_the_end_of_the_context()
    {
        using var tiny = new TinyChat(context: 40);
        using var generator = tiny.NewGenerator();
        var sampling = new SamplingOptions { Temperature = 1.3, TopK = 0, TopP = 1, MinP = 0 };
        var request = PromptRequest.Make(generator, "the cat", PromptStyle.Raw);
        var (whole, _) = SampleSet.Draw(generator, request, sampling, new GenerationOptions { StopIds = [-1] }, 3);
        whole.ShouldAllBe(sample => sample.Tokens.Count == 32 && sample.FinishReason == FinishReason.Length);
        var stop = whole[1].Text[10..13];
        var (cut, _) = SampleSet.Draw(generator, request, sampling, new GenerationOptions { StopIds = [-1], StopSequences = [stop] }, 3);
        for (var i = 0; i < 3; i++)
        {
            var end = whole[i].Text.IndexOf(stop, StringComparison.Ordinal);
            cut[i].Text.ShouldBe(end < 0 ? whole[i].Text : whole[i].Text[..end]);
            cut[i].FinishReason.ShouldBe(end < 0 ? FinishReason.Length : FinishReason.Stop);
        }
        Should.Throw<InvalidDataException>(() => SampleSet.Draw(generator, PromptRequest.Make(generator, new string('a', 50), PromptStyle.Raw), sampling, new GenerationOptions(), 2)).Message.ShouldContain("51 tokens, the context 40");
    }

    [Fact]
    public void A_sample_is_scored_where_log_probabilities_are_asked_for()
    {
        using var tiny = new TinyChat();
        using var generator = tiny.NewGenerator();
        var request = PromptRequest.Make(generator, "the cat", PromptStyle.Raw);
        var limits = new GenerationOptions { MaxOutputTokens = 12, StopIds = [-1] };
        SampleSet.Draw(generator, request, new SamplingOptions(), limits, 1).Samples[0].Completion.ShouldBeNull();
        var sample = SampleSet.Draw(generator, request, new SamplingOptions(), limits with { LogProbabilities = 0 }, 1).Samples[0];
        var score = sample.Completion.ShouldNotBeNull();
        (score.Ids, score.TokenCount, score.FinishReason).ShouldBe((sample.Tokens, 12, FinishReason.Length));
        score.LogProbability.ShouldBe(sample.LogProbabilities.Sum(token => token.LogProbability), 1e-12);
        score.LogProbability.ShouldBeLessThan(0);
    }

    [Fact]
    public void A_cancellation_ends_all_after_the_present_token()
    {
        using var tiny = new TinyChat();
        using var generator = tiny.NewGenerator();
        var (samples, _) = SampleSet.Draw(generator, PromptRequest.Make(generator, "the", PromptStyle.Raw), new SamplingOptions(), new GenerationOptions { StopIds = [-1] }, 2, new CancellationToken(true));
        samples.ShouldAllBe(sample => sample.Tokens.Count == 1);
    }
}
