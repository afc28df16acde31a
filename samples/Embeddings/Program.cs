// How alike sentences are: cosines of their embeddings with that of the first.
//   dotnet run --project samples/Embeddings -- MODEL "the cat sleeps" "a dog rests" "prices rise"
using Microsoft.Extensions.AI;
using Puna.Inference;

using var model = LlamaModel.Load(args[0]);
var texts = args.Length > 2 ? args[1..] : ["the cat sees the moon", "a dog sees the moon", "some bread"];

IEmbeddingGenerator<string, Embedding<float>> generator = model.AsIEmbeddingGenerator(new EmbeddingOptions { Pooling = EmbeddingPooling.Mean });
var embeddings = await generator.GenerateAsync(texts);

for (var i = 0; i < texts.Length; i++)
    Console.WriteLine($"{Cosine(embeddings[0], embeddings[i]),7:0.000}  {texts[i]}");
Console.WriteLine($"{embeddings[0].Dimensions} dimensions, {embeddings.Usage?.InputTokenCount} tokens");

// the vectors have length 1, so the cosine is their dot product
static float Cosine(Embedding<float> a, Embedding<float> b)
{
    var x = a.Vector.Span;
    var y = b.Vector.Span;
    var sum = 0f;
    for (var i = 0; i < x.Length; i++) sum += x[i] * y[i];
    return sum;
}
