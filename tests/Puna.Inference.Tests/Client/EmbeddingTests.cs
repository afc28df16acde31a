using Microsoft.Extensions.AI;

namespace Puna.Inference.Tests;

public sealed class EmbeddingTests
{
    [Theory]
    [InlineData(EmbeddingPooling.Mean)]
    [InlineData(EmbeddingPooling.MeanWithoutBegin)]
    [InlineData(EmbeddingPooling.Last)]
    public async Task An_embedding_is_the_pooled_hidden_states_with_length_one(EmbeddingPooling pooling)
    {
        using var tiny = new TinyChat();
        const string Text = "the cat sees the moon";
        int[] ids = [1, .. tiny.Model.Tokenizer.Encode(Text)];
        using var sequence = tiny.Engine.CreateSequence();
        using var batch = new InferenceBatch();
        batch.Add(sequence, ids, BatchOutput.Hidden);
        tiny.Engine.Run(batch);
        int[] rows = pooling switch { EmbeddingPooling.Mean => [.. Enumerable.Range(0, ids.Length)], EmbeddingPooling.Last => [ids.Length - 1], _ => [.. Enumerable.Range(1, ids.Length - 1)] };
        var expected = new double[32];
        foreach (var row in rows)
            for (var i = 0; i < 32; i++) expected[i] += batch.Row(row)[i] / (double)rows.Length;
        var length = Math.Sqrt(expected.Sum(value => value * value));

        var raw = (await tiny.Model.AsIEmbeddingGenerator(new EmbeddingOptions { Pooling = pooling, Normalize = false }).GenerateAsync(Text)).Vector.ToArray();
        for (var i = 0; i < 32; i++) ((double)raw[i]).ShouldBe(expected[i], 1e-6);
        var embeddings = await tiny.Model.AsIEmbeddingGenerator(new EmbeddingOptions { Pooling = pooling }).GenerateAsync([Text]);
        var vector = embeddings[0].Vector.ToArray();
        for (var i = 0; i < 32; i++) ((double)vector[i]).ShouldBe(expected[i] / length, 1e-6);
        vector.Sum(value => (double)value * value).ShouldBe(1, 1e-6);
        (embeddings.Usage!.InputTokenCount, embeddings.Usage.TotalTokenCount, embeddings[0].Dimensions, embeddings[0].ModelId).ShouldBe((ids.Length, ids.Length, 32, "tiny"));
    }

    [Fact]
    public async Task Texts_do_not_see_each_other_in_whatever_order_or_at_once()
    {
        using var tiny = new TinyChat();
        var generator = tiny.Model.AsIEmbeddingGenerator();
        string[] texts = ["one", "another text", "x", "one"];
        var together = await generator.GenerateAsync(texts);
        together[3].Vector.ToArray().ShouldBe(together[0].Vector.ToArray());
        var alone = await Task.WhenAll(texts.Select(text => Task.Run(() => generator.GenerateAsync(text))));
        for (var i = 0; i < texts.Length; i++) alone[i].Vector.ToArray().ShouldBe(together[i].Vector.ToArray());
        together[0].Vector.ToArray().ShouldNotBe(together[1].Vector.ToArray());
    }

    [Fact]
    public async Task A_text_longer_than_the_context_is_refused_with_both_counts_and_nothing_is_cut()
    {
        using var tiny = new TinyChat(context: 40);
        var generator = tiny.Model.AsIEmbeddingGenerator();
        (await Should.ThrowAsync<InvalidDataException>(() => generator.GenerateAsync(["short", new string('a', 40)]))).Message.ShouldContain("text 2 of 2 has 41 tokens, the context 40");
        (await generator.GenerateAsync(new string('a', 39))).Dimensions.ShouldBe(32);
    }

    [Fact]
    public async Task Options_are_honoured_or_refused()
    {
        using var tiny = new TinyChat();
        var generator = tiny.Model.AsIEmbeddingGenerator();
        var last = await tiny.Model.AsIEmbeddingGenerator(new EmbeddingOptions { Pooling = EmbeddingPooling.Last, Normalize = false }).GenerateAsync("text");
        EmbeddingGenerationOptions With(string name, object? value) => new() { AdditionalProperties = new() { [name] = value } };
        var asked = await generator.GenerateAsync("text", new EmbeddingGenerationOptions { Dimensions = 32, ModelId = "tiny", AdditionalProperties = new() { ["pooling"] = "last", ["normalize"] = false } });
        asked.Vector.ToArray().ShouldBe(last.Vector.ToArray());
        (await generator.GenerateAsync("text", new EmbeddingGenerationOptions { RawRepresentationFactory = _ => new EmbeddingOptions { Pooling = EmbeddingPooling.Last, Normalize = false } })).Vector.ToArray().ShouldBe(last.Vector.ToArray());
        foreach (var (options, words) in ((EmbeddingGenerationOptions, string)[])
        [
            (new() { Dimensions = 16 }, "Dimensions is 16"), (new() { ModelId = "other" }, "'other'"), (With("pooling", "cls"), "'cls' is not known"), (With("normalize", 3), "true or false"),
            (With("size", 3), "'size', which this generator does not know"), (new() { RawRepresentationFactory = _ => 5 }, "understands EmbeddingOptions only"),
        ])
            (await Should.ThrowAsync<InvalidDataException>(() => generator.GenerateAsync("text", options))).Message.ShouldContain(words);
    }

    [Fact]
    public async Task It_stops_when_it_is_cancelled_and_tells_what_it_is()
    {
        using var tiny = new TinyChat();
        using var generator = tiny.Model.AsIEmbeddingGenerator();
        await Should.ThrowAsync<OperationCanceledException>(() => generator.GenerateAsync(["text"], cancellationToken: new CancellationToken(true)));
        var metadata = generator.GetService<EmbeddingGeneratorMetadata>().ShouldNotBeNull();
        (metadata.ProviderName, metadata.DefaultModelId, metadata.DefaultModelDimensions).ShouldBe(("puna", "tiny", 32));
        generator.GetService<LlamaModel>().ShouldBe(tiny.Model);
        generator.GetService(typeof(LlamaModel), 1).ShouldBeNull();
    }
}
