using FsCheck;
using FsCheck.Fluent;
using Puna.Experiments.Recipes;
using Puna.Tensors;

namespace Puna.Experiments.Tests.Recipes;

public class RecipeRoundTripTests
{
    [Fact]
    public void Reading_a_written_recipe_gives_an_equal_one() =>
        Prop.ForAll<int>(seed =>
        {
            var recipe = Draw(new CounterRandom((ulong)(uint)seed)).WithAllWritten();
            recipe.WithAllWritten().ShouldBe(recipe);
            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_survives_as_description() =>
        Prop.ForAll<string>(text =>
        {
            if (text is null || !text.IsNormalizedUtf16()) return true;
            var recipe = new Recipe { Description = text, Data = new DataSection { DocumentSeparator = text } };
            var read = recipe.WithAllWritten();
            read.Description.ShouldBe(text);
            read.Data.DocumentSeparator.ShouldBe(text);
            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_written_recipe_holds_every_key_and_no_alias()
    {
        var yaml = RecipeWriter.ToYaml(new Recipe { Data = new DataSection { Shards = "shards" }, Training = new TrainingSection { EvalTokens = 5 }, Schedule = new ScheduleSection { DecaySteps = 7 } });
        foreach (var key in RecipeKeys.All)
            if (key.Section is not ("plan" or "scaling") && key.Path is not ("extends" or "tokenizer.path" or "optimizer.beta1" or "optimizer.beta2"))
                yaml.ShouldContain((key.Section.Length > 0 ? "\n  " : "") + key.Leaf + ": ");
        yaml.ShouldContain("eps: 1.0e-08");
    }

    [Fact]
    public void The_table_of_keys_has_no_holes()
    {
        foreach (var key in RecipeKeys.All)
        {
            key.Description.ShouldNotBeNullOrWhiteSpace(key.Path);
            key.Type.ShouldNotBeNullOrWhiteSpace(key.Path);
        }
        RecipeKeys.ToMarkdown().Split('\n').Length.ShouldBe(RecipeKeys.All.Count + 3);
    }

    private static Recipe Draw(CounterRandom random)
    {
        var heads = 1 << random.Next(4);
        var window = 1 + random.Next(500);
        var train = (1 + random.Next(98)) / 100.0;
        string[] paths = ["/data/a.txt", "/data/with space.txt", "/data/quote\"#: x.txt", "/data/ü.txt"];
        return new Recipe
        {
            Name = $"run-{random.Next(1000)}",
            Model = new ModelSection
            {
                HeadCount = heads,
                HiddenSize = heads * 2 * (1 + random.Next(64)),
                KeyValueHeadCount = 1 << random.Next(1 + System.Numerics.BitOperations.Log2((uint)heads)),
                ContextLength = random.Next(2) == 0 ? null : window + random.Next(100),
                RopeTheta = Number(random),
                RmsNormEps = Number(random),
                TieWordEmbeddings = random.Next(2) == 0,
                InitializerRange = Number(random),
            },
            Tokenizer = random.Next(3) switch
            {
                0 => new TokenizerSection { Path = paths[random.Next(paths.Length)] },
                1 => new TokenizerSection { Type = TokenizerType.Char, Normalization = TextNormalization.Identity },
                _ => new TokenizerSection { VocabSize = 2 + random.Next(9999), ByteFallback = random.Next(2) == 0, CharacterCoverage = 1 - Math.Min(0.5, Number(random)) },
            },
            Data = new DataSection
            {
                SequenceLength = window,
                Split = new DataSplit(train, 1 - train, 0),
                Train = [.. Enumerable.Range(0, random.Next(4)).Select(_ => new DataSource(paths[random.Next(paths.Length)], Number(random)) { Column = random.Next(2) == 0 ? "text" : "a: column", Epochs = random.Next(2) == 0 ? null : Number(random) })],
                Validation = [.. Enumerable.Range(0, random.Next(2)).Select(_ => new DataSource(paths[random.Next(paths.Length)]) { Column = random.Next(2) == 0 ? "text" : "body" })],
                Shards = random.Next(2) == 0 ? null : paths[random.Next(paths.Length)],
                Deduplicate = (Puna.Training.Deduplication)random.Next(3),
                NearDuplicateThreshold = 1 - Math.Min(0.5, Number(random)),
                Filters = random.Next(2) == 0 ? [] : ["c4", "gopher-repetition"],
                HeldOutTokens = 1 + random.Next(9999),
                SplitBy = (SplitUnit)random.Next(2),
                DocumentMask = random.Next(2) == 0,
            },
            Training = new TrainingSection { Steps = 1 + random.Next(9999), Seed = (long)(random.NextUInt64() >> 1), Precision = (TrainingPrecision)random.Next(3), EvalTokens = random.Next(2) == 0 ? null : 77 },
            Optimizer = new OptimizerSection { LearningRate = Number(random), Beta1 = 0.1 * random.Next(10), WeightDecay = Number(random) },
            Schedule = new ScheduleSection { Name = (ScheduleName)random.Next(2), WarmupSteps = random.Next(100), DecaySteps = random.Next(2) == 0 ? null : 9000 },
            Plan = random.Next(2) == 0 ? new PlanSection() : new PlanSection
            {
                Only = random.Next(2) == 0,
                Gpu = random.Next(2) == 0 ? null : "h100",
                Gpus = random.Next(2) == 0 ? null : 64,
                Mfu = random.Next(2) == 0 ? null : 0.4,
                Zero = random.Next(4),
                TensorParallel = 1 + random.Next(8),
                Recomputation = (Puna.Training.Recomputation)random.Next(3),
                BatchRamp = random.Next(2) == 0 ? [] : [new BatchPhase(1e9, 1 << 20, 512), new BatchPhase(2e9, 1 << 21, 1024)],
            },
            Scaling = random.Next(2) == 0 ? new ScalingSection() : new ScalingSection
            {
                Ladder = [new LadderBudget(Number(random), [16, 32]), new LadderBudget(Number(random), [64])],
                Runs = [new SingleRun(32, null, Number(random)), new SingleRun(64, 3, 1e6)],
                ServeTokens = random.Next(2) == 0 ? 0 : 1e7,
                HeldOutStories = 1 + random.Next(1000),
                Records = random.Next(5),
            },
        };
    }

    private static double Number(CounterRandom random) => Math.ScaleB(1 + random.Next(1 << 20) / (double)(1 << 20), random.Next(60) - 40);
}

internal static class StringExtensions
{
    /// <summary>Whether the text has no half of a surrogate pair alone; such a text is no Unicode and cannot be in a file.</summary>
    public static bool IsNormalizedUtf16(this string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else if (char.IsSurrogate(text[i])) return false;
        }
        return true;
    }
}
