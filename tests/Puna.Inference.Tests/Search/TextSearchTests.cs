using Puna.Models;
using Puna.Tensors;
using Puna.Tests;
using Puna.Text;

namespace Puna.Inference.Tests;

public sealed class TextSearchTests : IDisposable
{
    private static readonly Tokenizer Tokenizer = Tokenizers.Load(SharedData.Golden("sentencepiece/bpe_512_llama.model"));
    private static readonly SamplingOptions Warm = new() { Temperature = 1, Seed = 40 };
    private readonly CpuDevice _device = new(1);

    private static LanguageModel Model { get; } = new(TinyLlama.Network(TinyLlama.Config(vocabulary: Tokenizer.VocabularySize, context: 128) with { InitializerRange = 0.05, BosTokenId = 1, EosTokenIds = [2] }), Tokenizer, null);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Each_draw_has_the_tokens_that_its_seed_has_alone_and_the_score_of_all_that_was_drawn()
    {
        using var generator = new TextGenerator(Model, _device);
        using var alone = new TextGenerator(Model, _device);
        var limits = new GenerationOptions { StopIds = [.. Enumerable.Range(100, 25)], MaxOutputTokens = 20 };
        var prompt = TinyLlama.Ids(8);
        var found = new TextSearch(generator).Samples(new PromptRequest(prompt, []), Warm, 6, limits).Select(one => one.Completion).ToArray();
        found.Length.ShouldBe(6);
        for (var i = 0; i < 6; i++)
        {
            found[i].Ids.ShouldBe(alone.Generator.Generate(prompt, new SamplerChain(Warm with { Seed = 40 + i }), limits));
            found[i].FinishReason.ShouldBe(alone.Generator.Statistics.FinishReason);
            var isStopped = found[i].FinishReason == FinishReason.Stop;
            found[i].TokenCount.ShouldBe(found[i].Ids.Count + (isStopped ? 1 : 0));
            var (sum, next) = Sum(prompt, found[i].Ids);
            if (isStopped) limits.StopIds.ShouldContain(id => Math.Abs(found[i].LogProbability - sum - next[id]) < 1e-4);
            else found[i].LogProbability.ShouldBe(sum, 1e-4);
        }
        found.Select(completion => completion.FinishReason).Distinct().Count().ShouldBe(2, "or one ending is not tested");
    }

    [Fact]
    public void A_search_that_is_cancelled_says_so()
    {
        using var generator = new TextGenerator(Model, _device);
        var search = new TextSearch(generator);
        var request = PromptRequest.Make(generator, "Uopase");
        Should.Throw<OperationCanceledException>(() => search.Samples(request, Warm, 2, new GenerationOptions { MaxOutputTokens = 30 }, cancellation: new CancellationToken(true)));
        Should.Throw<OperationCanceledException>(() => search.Beams(request, new BeamSearchOptions { BeamCount = 2 }, new GenerationOptions { MaxOutputTokens = 30 }, cancellation: new CancellationToken(true)));
    }

    [Fact]
    public void Rerankers_put_the_best_first()
    {
        Completion[] found = [new([1, 2, 3, 4], -4, 4, FinishReason.Length), new([5], -2, 1, FinishReason.Stop), new([6, 7], -3, 3, FinishReason.Stop)];
        new LogProbabilityReranker().Rank([0], found).Select(completion => completion.Score).ShouldBe([-2, -3, -4]);
        new LogProbabilityReranker(perToken: true).Rank([0], found).Select(completion => completion.Ids[0]).ShouldBe([1, 6, 5]);
        new FunctionReranker((prompt, completion) => prompt[0] + completion.Ids[0]).Rank([10], found).Select(completion => completion.Score).ShouldBe([16, 15, 11]);
        new FunctionReranker((_, _) => 0).Rank([10], found).Select(completion => completion.Ids[0]).ShouldBe([1, 5, 6], "equals stay as they are");
        Should.Throw<InvalidDataException>(() => new FunctionReranker((_, _) => double.NaN).Rank([10], found)).Message.ShouldContain("continuation 1 is no number");
        Should.Throw<InvalidDataException>(() => new Short().Rank([10], found)).Message.ShouldContain("asked for 3 scores and gave 1");
        Should.Throw<OperationCanceledException>(() => new FunctionReranker((_, _) => 0).Rank([10], found, new CancellationToken(true)));
    }

    [Fact]
    public void A_function_of_text_sees_prompt_and_continuation()
    {
        var (prompt, ids) = (Tokenizer.Encode("uopase"), Tokenizer.Encode("uopase qeqi")[Tokenizer.Encode("uopase").Length..]);
        var seen = "";
        new FunctionReranker(Tokenizer, (before, after) =>
        {
            seen = $"{before}|{after}";
            return 1;
        }).Rank(prompt, [new Completion(ids, 0, ids.Length, FinishReason.Length)]);
        seen.ShouldBe("uopase| qeqi");
    }

    [Fact]
    public void Texts_of_a_search_are_those_of_the_ids_and_nothing_of_a_stop_string_leaks()
    {
        using var generator = new TextGenerator(Model, _device);
        var search = new TextSearch(generator);
        var request = PromptRequest.Make(generator, "Uopase");
        var limits = new GenerationOptions { MaxOutputTokens = 30, StopIds = [-1] };
        var found = search.Samples(request, Warm, 4, limits);
        for (var i = 0; i < 4; i++) found[i].Text.ShouldBe(generator.Complete(request.Ids, Warm with { Seed = 40 + i }, limits));
        search.Statistics.GeneratedTokens.ShouldBe(120);
        var stop = found[0].Text[5..7];
        var stopped = search.Samples(request, Warm, 4, limits with { StopSequences = [stop] });
        for (var i = 0; i < 4; i++) stopped[i].Text.ShouldBe(generator.Complete(request.Ids, Warm with { Seed = 40 + i }, limits with { StopSequences = [stop] }));
        stopped[0].Completion.FinishReason.ShouldBe(FinishReason.Stop);
        var ranked = search.Samples(request, Warm, 4, limits, new FunctionReranker(Tokenizer, (_, text) => text.Length));
        ranked.Select(one => one.Text).ShouldBe(found.OrderByDescending(one => one.Text.Length).Select(one => one.Text));
        var beams = search.Beams(request, new BeamSearchOptions { BeamCount = 3 }, limits);
        beams.Select(one => one.Text).ShouldBe(beams.Select(one => Tokenizer.Decode([.. request.Ids, .. one.Completion.Ids])[Tokenizer.Decode([.. request.Ids]).Length..]));
    }

    [Fact]
    public void Every_way_of_drawing_heeds_a_grammar_and_beams_refuse_it()
    {
        using var generator = new TextGenerator(Model, _device);
        var search = new TextSearch(generator);
        var request = PromptRequest.Make(generator, "Uopase");
        var limits = new GenerationOptions { MaxOutputTokens = 30, Grammar = OutputGrammar.FromRegex("[a-e]{3,5}") };
        var drawn = search.Samples(request, Warm, 3, limits).Select(one => one.Text)
            .Concat(SampleSet.Draw(generator, request, Warm, limits, 3).Samples.Select(sample => sample.Text))
            .Append(generator.Complete(request.Ids, Warm, limits)).ToArray();
        foreach (var text in drawn) text.ShouldMatch("^[a-e]{3,5}$");
        drawn[..3].ShouldBe(drawn[3..6]);
        Should.Throw<InvalidDataException>(() => search.Beams(request, new BeamSearchOptions { BeamCount = 2 }, limits)).Message.ShouldContain("leave one of them out");
    }

    /// <summary>Σ ln p of the ids, and ln p of each token behind them.</summary>
    private static (double Sum, double[] Next) Sum(int[] prompt, IReadOnlyList<int> ids)
    {
        using var forward = new Forwarder();
        var rows = forward.Logits(Model.Network, [.. prompt, .. ids]);
        double LogProbability(int row, int id) => rows[row][id] - Math.Log(rows[row].Sum(logit => Math.Exp(logit)));
        return (ids.Select((id, i) => LogProbability(prompt.Length - 1 + i, id)).Sum(), [.. Enumerable.Range(0, rows[0].Length).Select(id => LogProbability(rows.Length - 1, id))]);
    }

    private sealed class Short : IReranker
    {
        public IReadOnlyList<double> Score(IReadOnlyList<int> prompt, IReadOnlyList<Completion> completions, CancellationToken cancellation = default) => [1];
    }
}
