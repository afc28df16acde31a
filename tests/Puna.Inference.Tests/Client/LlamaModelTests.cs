using Puna.Models;
using Puna.Text;

namespace Puna.Inference.Tests;

public sealed class LlamaModelTests
{
    private static readonly GenerationOptions Short = new() { MaxOutputTokens = 25 };

    [Fact]
    public async Task A_model_is_loaded_from_its_folder_and_continues_text_as_the_generator_does()
    {
        using var tiny = new TinyChat();
        using var folder = new TemporaryFolder();
        ModelFolder.Save(folder["little-llama-0.1"], tiny.Language);
        new GenerationConfig { Temperature = 0.6, TopK = 7 }.Save(folder["little-llama-0.1"]);
        using var model = LlamaModel.Load(folder["little-llama-0.1"], new LlamaModelOptions { Threads = 1, ContextLength = 200 });
        (model.Name, model.ContextLength, model.Config.HiddenSize, model.ChatTemplate!.Name).ShouldBe(("little-llama-0.1", 200, 32, "llama3"));
        (model.DefaultSampling.Temperature, model.DefaultSampling.TopK, model.DefaultSampling.MinP).ShouldBe((0.6, 7, 0.05));
        using var generator = tiny.NewGenerator();
        foreach (var sampling in (SamplingOptions[])[SamplingOptions.Greedy, new() { Temperature = 1.2, Seed = 5 }])
        {
            var expected = generator.Complete(generator.Encode("the cat"), sampling, Short);
            string.Concat(await model.GenerateAsync("the cat", sampling, Short).ToListAsync()).ShouldBe(expected);
            var result = await model.CompleteAsync("the cat", sampling, Short with { LogProbabilities = 2 });
            result.Text.ShouldBe(expected);
            result.Sample.Tokens.ShouldBe(generator.Tokens);
            result.Sample.LogProbabilities.Select(token => token.Token).ShouldBe(generator.Tokens);
            (result.Statistics.PromptTokens, result.Statistics.GeneratedTokens).ShouldBe((8, result.Sample.Tokens.Count));
        }
        var drawn = await model.CompleteAsync("the cat", limits: Short);
        (await model.CompleteAsync("the cat", model.DefaultSampling with { Seed = drawn.Sample.Seed }, Short)).Text.ShouldBe(drawn.Text);
    }

    [Fact]
    public void A_model_without_a_tokenizer_and_a_context_it_does_not_have_are_refused()
    {
        using var tiny = new TinyChat();
        using var folder = new TemporaryFolder();
        ModelFolder.Save(folder["m"], tiny.Language);
        Should.Throw<InvalidDataException>(() => LlamaModel.Load(folder["m"], new LlamaModelOptions { ContextLength = 257 })).Message.ShouldContain("1 to 256 positions");
        Should.Throw<InvalidDataException>(() => LlamaModel.Load(folder["m"], new LlamaModelOptions { ChatTemplate = "nosuch" })).Message.ShouldContain("'nosuch'");
        File.Delete(Path.Combine(folder["m"], Tokenizers.FileName));
        Should.Throw<Exception>(() => LlamaModel.Load(folder["m"])).Message.ShouldContain("tokenizer");
        Should.Throw<DirectoryNotFoundException>(() => LlamaModel.Load(folder["none"]));
    }

    [Fact]
    public async Task A_long_prompt_is_computed_in_pieces_and_one_too_long_is_refused_with_both_counts()
    {
        using var tiny = new TinyChat(context: 1500);
        var text = string.Concat(Enumerable.Range(0, 1300).Select(i => (char)('a' + (i * 7 % 26))));
        using var generator = tiny.NewGenerator();
        (await tiny.Model.CompleteAsync(text, SamplingOptions.Greedy, Short)).Text.ShouldBe(generator.Complete(generator.Encode(text), SamplingOptions.Greedy, Short));
        (await Should.ThrowAsync<InvalidDataException>(() => tiny.Model.CompleteAsync(text + text))).Message.ShouldContain("the prompt has 2601 tokens, the context 1500");
    }

    [Fact]
    public async Task Stop_strings_end_the_text_and_options_out_of_range_are_refused()
    {
        using var scripted = new Scripted(null).Says("one two three");
        var result = await scripted.Model.CompleteAsync("count: ", SamplingOptions.Greedy, new GenerationOptions { StopSequences = [" thr"] });
        (result.Text, result.Sample.FinishReason, result.ToString()).ShouldBe(("one two", FinishReason.Stop, "one two"));
        (await Should.ThrowAsync<InvalidDataException>(() => scripted.Model.CompleteAsync("x", new SamplingOptions { TopP = 2 }))).Message.ShouldBe("TopP is 2; it must be between 0 and 1.");
    }

    [Fact]
    public async Task Numbers_that_are_none_are_reported_and_never_sampled()
    {
        using var tiny = new TinyChat();
        tiny.Network.Parameters.Single(parameter => parameter.Name == "model.norm.weight").Tensor.Span<float>()[3] = float.NaN;
        var message = (await Should.ThrowAsync<InvalidDataException>(() => tiny.Model.CompleteAsync("the cat", SamplingOptions.Greedy, Short))).Message;
        message.ShouldContain("the model computed NaN for the logit of token 0 after 8 tokens");
        (await Should.ThrowAsync<InvalidDataException>(() => tiny.Model.AsIEmbeddingGenerator().GenerateAsync(["the cat"]))).Message.ShouldContain("NaN for number 3 after 1 tokens");
        using var sequence = tiny.Engine.CreateSequence();
        using var batch = new InferenceBatch();
        batch.Add(sequence, [1, 2, 3]);
        Should.Throw<InvalidDataException>(() => tiny.Engine.Run(batch));
        sequence.Length.ShouldBe(0);
    }
}
