using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Inference.Tests;

/// <summary>Callers of a model beside each other: what each gets is what it gets alone, and each can go when it likes.</summary>
public sealed class ScheduledTokenServiceTests
{
    [Fact]
    public async Task Everything_that_can_be_asked_is_answered_at_once_as_it_is_alone()
    {
        using var tiny = new TinyChat();
        using var device = new CpuDevice(2);
        using var weights = new NetworkWeights(tiny.Network);
        using var model = new LlamaModel("tiny", new LlamaEngine((LlamaConfig)tiny.Network.Config, weights, device), tiny.Model.Tokenizer, ChatTemplates.Llama3);
        var letters = OutputGrammar.FromRegex("[ab]{5,20}");
        async Task<string> Ask(int i)
        {
            if (i % 5 == 4) return string.Join(' ', (await model.AsIEmbeddingGenerator().GenerateAsync([$"a text of its own, number {i}"]))[0].Vector.ToArray());
            var sampling = i % 2 == 0 ? SamplingOptions.Greedy : new SamplingOptions { Temperature = 1.2, TopK = 0, TopP = 1, MinP = 0, Seed = i };
            var limits = new GenerationOptions { MaxOutputTokens = 10 + i, LogProbabilities = i % 5 == 1 ? null : 2, Grammar = i % 5 == 2 ? letters : null, StopSequences = i % 5 == 3 ? ["e", "th"] : [] };
            var (sample, figures) = await model.CompleteAsync($"the beginning that all of them share; and then number {i}", sampling, limits);
            sample.LogProbabilities.Count.ShouldBe(limits.LogProbabilities is null ? 0 : sample.Tokens.Count);
            sample.LogProbabilities.Select(token => token.Token).ShouldBe(sample.Tokens.Take(sample.LogProbabilities.Count));
            figures.GeneratedTokens.ShouldBe(sample.Tokens.Count);
            if (limits.Grammar is not null) letters.IsPrefix(sample.Text).ShouldBeTrue();
            return $"{sample.Text}|{sample.FinishReason}|{string.Join(' ', sample.Tokens)}|{string.Join(' ', sample.LogProbabilities.SelectMany(Plain.Numbers))}";
        }

        var alone = new List<string>();
        for (var i = 0; i < 25; i++) alone.Add(await Ask(i));
        (await Task.WhenAll(Enumerable.Range(0, 25).Select(i => Task.Run(() => Ask(i))))).ShouldBe(alone);
    }

    [Fact]
    public async Task Who_cancels_waits_for_no_step_and_the_next_call_works()
    {
        using var entered = new ManualResetEventSlim();
        using var gate = new ManualResetEventSlim();
        using var scripted = new Scripted(null).Says("yes");
        scripted.Engine.BeforeRun = () =>
        {
            entered.Set();
            gate.Wait();
        };
        using var stop = new CancellationTokenSource();
        var asking = scripted.Model.CompleteAsync(new string('x', 3000), SamplingOptions.Greedy, cancellation: stop.Token);
        entered.Wait();
        var embedding = scripted.Model.AsIEmbeddingGenerator().GenerateAsync(["text"], cancellationToken: stop.Token);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => asking);
        await Should.ThrowAsync<OperationCanceledException>(() => embedding);
        gate.IsSet.ShouldBeFalse("the engine is still at it");
        gate.Set();
        (await scripted.Model.CompleteAsync("and?", SamplingOptions.Greedy)).Text.ShouldBe("yes");
        scripted.Engine.Computed.ShouldBeLessThan(3000, "the prompt that nobody waits for is not computed to its end");
    }

    [Fact]
    public async Task A_model_disposed_in_the_middle_of_calls_ends_them_with_a_word_about_it()
    {
        using var entered = new ManualResetEventSlim();
        using var gate = new ManualResetEventSlim();
        using var scripted = new Scripted(null).Says(new string('x', 5000));
        scripted.Engine.BeforeRun = () =>
        {
            entered.Set();
            gate.Wait();
        };
        var asking = scripted.Model.CompleteAsync("say much", SamplingOptions.Greedy);
        entered.Wait();
        var embedding = scripted.Model.AsIEmbeddingGenerator().GenerateAsync(["text"]);
        var closing = Task.Run(scripted.Dispose);
        await Task.Run(() => SpinWait.SpinUntil(() => IsClosed(scripted.Model)));
        gate.Set();
        await closing;
        await Should.ThrowAsync<ObjectDisposedException>(() => asking);
        await Should.ThrowAsync<ObjectDisposedException>(() => embedding);
    }

    [Fact]
    public async Task What_a_stop_string_has_cut_off_is_there_for_the_next_call()
    {
        using var scripted = new Scripted(null).Says("one two three four five");
        const string Prompt = "count to five in words: ";
        var limits = new GenerationOptions { StopSequences = [" thr"] };
        var first = await scripted.Model.CompleteAsync(Prompt, SamplingOptions.Greedy, limits);
        (first.Text, first.Sample.FinishReason, first.Statistics.CachedTokens).ShouldBe(("one two", FinishReason.Stop, 0));
        first.Statistics.GeneratedTokens.ShouldBe(first.Sample.Tokens.Count);
        var second = await scripted.Model.CompleteAsync(Prompt + "one two", SamplingOptions.Greedy, limits);
        (second.Text, second.Statistics.CachedTokens).ShouldBe(("", second.Statistics.PromptTokens - 1));
    }

    /// <summary>Whether a model refuses what is new.</summary>
    private static bool IsClosed(LlamaModel model)
    {
        try
        {
            using var stop = new CancellationTokenSource();
            var refused = model.CompleteAsync("x", SamplingOptions.Greedy, cancellation: stop.Token);
            stop.Cancel();
            refused.GetAwaiter().GetResult();
            return false;
        }
        catch (Exception exception)
        {
            return exception is ObjectDisposedException;
        }
    }
}
