// Continues a text, piece by piece, and then once more at a stroke, with its figures.
//   dotnet run --project samples/Generate -- MODEL "Once upon a time"
using Puna.Inference;

using var model = LlamaModel.Load(args[0]);
var prompt = args.Length > 1 ? args[1] : "Once upon a time";

Console.Write(prompt);
await foreach (var piece in model.GenerateAsync(prompt, limits: new GenerationOptions { MaxOutputTokens = 40 }))
    Console.Write(piece);
Console.WriteLine();

var sampling = model.DefaultSampling with { Temperature = 0.7, TopP = 0.9, Seed = 1 };
var limits = new GenerationOptions { MaxOutputTokens = 40, StopSequences = ["\n"], LogProbabilities = 1 };
var result = await model.CompleteAsync(prompt, sampling, limits);
var perplexity = Math.Exp(-result.Sample.LogProbabilities.DefaultIfEmpty().Average(token => token?.LogProbability ?? 0));
Console.WriteLine($"{prompt}{result.Text}");
Console.WriteLine($"{result.Statistics.GeneratedTokens} tokens, {result.Statistics.TokensPerSecond:0.0} a second, ended by {result.Sample.FinishReason}, perplexity of what was drawn {perplexity:0.00}");
