#:project ../src/Puna.Experiments/Puna.Experiments.csproj
#:property PublishAot=false

// Trains a model of 110M parameters that gives a text again with one word changed, for measuring look-up of the prompt, and writes prompts for it.
// dotnet run -c Release benchmarks/CopyAndEdit.cs TEXT FOLDER [MINUTES] [SEED]      then python3 benchmarks/lookup_speed.py FOLDER/model FOLDER/prompts.jsonl
//
// Two layers learn to copy within minutes and twelve did not in ten (docs/log.md), so two are trained first, then ten that change nothing are put behind them (blocks whose output projections are zero, as
// LLaMA Pro, arXiv 2401.02415, expands a model) and all twelve are trained for MINUTES (10). Texts are words in no order, so that a model cannot do without looking back; loss is
// taken on what is given again alone.
using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Puna.Evaluation;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;
using Puna.Training;

var (text, folder) = (args[0], args[1]);
var minutes = args.Length > 2 ? double.Parse(args[2]) : 10;
var random = new CounterRandom(args.Length > 3 ? ulong.Parse(args[3]) : 1);
string[] words = [.. Regex.Matches(File.ReadAllText(text).ToLowerInvariant(), "[a-z]{3,}").Select(match => match.Value).CountBy(word => word).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(100).Select(pair => pair.Key)];
string[] symbols = [.. words.Append("change").Append("to").Append(".").Distinct().Select(word => "▁" + word)];
var sample = Enumerable.Range(0, 2000).SelectMany(_ => Document(4, 20, isPrompt: false)).Select(part => part.Text).ToArray();
var tokenizer = SentencePieceBpeTrainer.Train(sample, BpeTrainerOptions.Llama with { VocabularySize = 3 + symbols.Length + 1, ByteFallback = false, UserDefinedSymbols = symbols });
if (tokenizer.Encode(words[0] + " . " + words[1]).Length != 3) throw new InvalidDataException("a word is more than one token");

var config = new LlamaConfig { HiddenSize = 768, IntermediateSize = 2944, LayerCount = 2, HeadCount = 12, KeyValueHeadCount = 12, HeadSize = 64, VocabularySize = tokenizer.VocabularySize, ContextLength = 1024,
    BosTokenId = tokenizer.BosId, EosTokenIds = [tokenizer.EosId!.Value] };
var (device, reason) = Device.Open(null);
Console.WriteLine(reason);
var small = LanguageNetwork.Create(config);
small.Initialize(1);
Train(small, "two layers, texts of 4 to 20 words", (4, 20), 64, 16, 3.5e-4, steps: 800);
Train(small, "two layers, texts of 12 to 48 words", (12, 48), 192, 6, 3e-4, steps: 400);
var network = LanguageNetwork.Create(config with { LayerCount = 12 });
network.Initialize(2);
Expand(small, network);
Train(network, "twelve layers", (12, 48), 192, 3, 2e-4, minutes: minutes);
AtomicFolder.Write(Path.Combine(folder, "model"), path => ModelFolder.Save(path, new LanguageModel(network, tokenizer, null)));
AtomicFile.WriteText(Path.Combine(folder, "prompts.jsonl"), string.Concat(Enumerable.Range(0, 20).Select(_ =>
{
    var parts = Document(40, 48, isPrompt: true);
    return JsonSerializer.Serialize(new { prompt = parts[0].Text, answer = parts[1].Text }) + "\n";
})));
device.Dispose();

// a text, then two copies, or an edit and the edited text, twice; the parts that can be known from what stands before are targets
List<(string Text, bool IsTarget)> Document(int least, int most, bool isPrompt)
{
    string[] passage = [.. Enumerable.Range(0, least + random.Next(1 + random.Next(most - least + 1))).Select(_ => words[random.Next(words.Length)])];
    List<(string, bool)> parts = [(string.Join(' ', passage), false)];
    var isCopy = !isPrompt && random.NextDouble() < 0.5;
    for (var i = 0; i < (isPrompt ? 1 : 2); i++)
    {
        var edit = " .";
        if (!isCopy)
        {
            var (old, replacement) = (passage[random.Next(passage.Length)], words[random.Next(words.Length)]);
            passage = [.. passage.Select(word => word == old ? replacement : word)];
            edit = $" . change {old} to {replacement} .";
        }
        if (isPrompt) return [(parts[0].Item1 + edit, false), (string.Join(' ', passage), true)];
        parts.Add((edit, false));
        parts.Add((" " + string.Join(' ', passage), true));
    }
    parts.Add((" .", true));
    return parts;
}

TrainingSample Sample((int Least, int Most) length)
{
    List<int> ids = [tokenizer.BosId!.Value];
    List<bool> targets = [false];
    foreach (var (part, isTarget) in Document(length.Least, length.Most, isPrompt: false))
    {
        var more = tokenizer.Encode(part.TrimStart());
        ids.AddRange(more);
        targets.AddRange(Enumerable.Repeat(isTarget, more.Length));
    }
    return new TrainingSample([.. ids], [.. targets]);
}

void Train(LanguageNetwork network, string name, (int, int) length, int window, int batch, double rate, int steps = 0, double minutes = 0)
{
    var rows = SequencePacker.Pack(Enumerable.Range(0, 60_000).Select(_ => Sample(length)), window).Rows;
    var heldOut = SequencePacker.Pack(Enumerable.Range(0, 100).Select(_ => Sample(length)), window).Rows;
    using var scorer = new ModelScorer(network, device, Precision.BFloat16);
    if (minutes > 0)
    {
        // as many steps as that time holds, by the speed of fifteen
        using var trial = new Trainer(LanguageNetwork.Create(network.Config), device, new RowData(rows, 1), Options(20));
        for (var i = 0; i < 5; i++) trial.Advance();
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < 15; i++) trial.Advance();
        steps = (int)Math.Ceiling(minutes * 60 / (Stopwatch.GetElapsedTime(begun).TotalSeconds / 15));
    }
    Console.WriteLine($"{name}: {network.Config.ParameterCount:N0} parameters, {steps:N0} steps of {batch} x {window} tokens");
    using var trainer = new Trainer(network, device, new RowData(rows, 1), Options(steps));
    var outcome = TrainingLoop.Run(trainer, new TrainingHooks
    {
        EvaluateEvery = 100,
        Evaluate = progress =>
        {
            var score = scorer.Score(heldOut);
            Console.WriteLine($"  step {progress.Result.Step:N0}: held-out loss {score.Loss:F3}, {score.Accuracy:P1} of what is given again right, {progress.TokensPerSecond:N0} tokens/s, {progress.Seconds:N0} s");
        },
    });
    Console.WriteLine($"  {outcome.Seconds / 60:F1} minutes");

    TrainerOptions Options(int steps) => new()
    {
        Steps = steps,
        BatchSize = batch,
        Precision = Precision.BFloat16,
        Optimizer = new AdamWOptions { Beta2 = 0.98, WeightDecay = 0.01 },
        Schedule = new LearningRateSchedule(ScheduleShape.Cosine, rate, Math.Min(50, steps / 2), steps, 0.1),
    };
}

// the small network's weights, and further blocks that add nothing to the residual stream yet
static void Expand(LanguageNetwork from, LanguageNetwork to)
{
    var known = from.Parameters.ToDictionary(parameter => parameter.Name);
    foreach (var parameter in to.Parameters)
    {
        if (known.TryGetValue(parameter.Name, out var same)) same.Tensor.Span<float>().CopyTo(parameter.Tensor.Span<float>());
        else if (parameter.Name.EndsWith("o_proj.weight") || parameter.Name.EndsWith("down_proj.weight")) parameter.Tensor.Span<float>().Clear();
    }
}
