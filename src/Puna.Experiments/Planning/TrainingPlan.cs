using Puna.Experiments.Recipes;
using Puna.Models;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Planning;

/// <summary>A stretch of a training with one batch and one window.</summary>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="BatchTokens">Tokens of each.</param>
/// <param name="SequenceLength">T.</param>
/// <param name="FlopsPerToken">6N + 12LHQT at that T.</param>
public sealed record PlannedPhase(long Steps, long BatchTokens, int SequenceLength, double FlopsPerToken)
{
    /// <summary>Tokens of the stretch.</summary>
    public double Tokens => (double)Steps * BatchTokens;

    /// <summary>Operations of the stretch.</summary>
    public double Flops => Tokens * FlopsPerToken;
}

/// <summary>What the training of a recipe takes on some devices: arithmetic on published formulas, nothing is run.</summary>
public sealed record TrainingPlan
{
    private const double AssumedMfu = 0.40;
    private const double AssumedProcessorMfu = 0.50;

    /// <summary>The recipe.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>The network.</summary>
    public required IModelConfig Config { get; init; }

    /// <summary>The device.</summary>
    public required Accelerator Device { get; init; }

    /// <summary>How the training is spread; its devices are those that are paid for.</summary>
    public required DeviceLayout Layout { get; init; }

    /// <summary>The training by stretches; one where the batch does not change.</summary>
    public required IReadOnlyList<PlannedPhase> Phases { get; init; }

    /// <summary>Share of the device's first peak.</summary>
    public required double Mfu { get; init; }

    /// <summary>Whether nobody gave the share.</summary>
    public required bool MfuIsAssumed { get; init; }

    /// <summary>Parts of the memory of the fullest device with their bytes.</summary>
    public required IReadOnlyList<(string Name, double Bytes)> Memory { get; init; }

    /// <summary>The least devices that hold it with this split; null where no number of copies does.</summary>
    public required long? LeastDevices { get; init; }

    /// <summary>US dollars an hour and device.</summary>
    public required double PricePerHour { get; init; }

    /// <summary>Whether nobody gave the price.</summary>
    public required bool PriceIsAssumed { get; init; }

    /// <summary>Whether the size of the vocabulary is a guess: one of characters is known once the text is read.</summary>
    public required bool VocabularyIsAssumed { get; init; }

    /// <summary>N, every parameter counted once.</summary>
    public double Parameters => Config.ParameterCount;

    /// <summary>Optimizer steps.</summary>
    public long Steps => Phases.Sum(phase => phase.Steps);

    /// <summary>D.</summary>
    public double Tokens => Phases.Sum(phase => phase.Tokens);

    /// <summary>Operations of the whole training, as PaLM counts.</summary>
    public double Flops => Phases.Sum(phase => phase.Flops);

    /// <summary>Bytes on the fullest device.</summary>
    public double MemoryBytes => Memory.Sum(part => part.Bytes);

    /// <summary>Whether the devices hold it.</summary>
    public bool Fits => MemoryBytes <= Device.MemoryBytes;

    /// <summary>Tokens a second and device in the longest stretch.</summary>
    public double TokensPerSecond => Mfu * Device.PeakFlops / Phases.MaxBy(phase => phase.Tokens)!.FlopsPerToken;

    /// <summary>Operations a second and device that count as the model's.</summary>
    public double FlopsPerSecond => Mfu * Device.PeakFlops;

    /// <summary>Hours of one device; all devices together take so long, divided by their number.</summary>
    public double DeviceHours => Flops / FlopsPerSecond / 3600;

    /// <summary>Hours on the clock.</summary>
    public double Hours => DeviceHours / Layout.Devices;

    /// <summary>US dollars.</summary>
    public double Cost => DeviceHours * PricePerHour;

    /// <summary>Plans a recipe.</summary>
    /// <param name="recipe">The recipe; its section plan says on what.</param>
    /// <param name="device">The device that <c>plan.gpu</c> names.</param>
    /// <param name="tokensPerSecond">Speed of a device in place of the utilisation; null for none.</param>
    /// <param name="price">US dollars an hour and device; null for the device's assumption.</param>
    /// <exception cref="InvalidDataException">The split, the devices and the batch do not go together.</exception>
    public static TrainingPlan Make(Recipe recipe, Accelerator device, double? tokensPerSecond = null, double? price = null)
    {
        var (vocabulary, assumed) = Vocabulary(recipe);
        var config = PlannedModel.Of(recipe, vocabulary);
        var phases = Split(recipe, config);
        var isProcessor = device.Name == Accelerator.Cpu;
        var layout = isProcessor ? new DeviceLayout(1, Zero: 0, Recomputation: Recomputation.Selective) : new DeviceLayout(1, recipe.Plan.TensorParallel, recipe.Plan.PipelineParallel, recipe.Plan.Zero, recipe.Plan.Recomputation);
        if (isProcessor && (recipe.Plan.Gpus ?? 1) > 1 && !recipe.Plan.Only) throw new InvalidDataException($"--gpu cpu plans for this machine alone, not for {recipe.Plan.Gpus} devices; leave out --gpus, or name an accelerator");
        var (sequences, length) = (recipe.Training.BatchSize, recipe.Data.SequenceLength);
        var least = isProcessor ? 1 : DeviceMemory.LeastDevices(config, sequences, length, layout, device.MemoryBytes);
        if (!isProcessor) layout = layout with { DataParallel = Copies(recipe, layout, least) };
        var mfu = tokensPerSecond is { } speed ? speed * phases.MaxBy(phase => phase.Tokens)!.FlopsPerToken / device.PeakFlops : recipe.Plan.Mfu ?? (isProcessor ? AssumedProcessorMfu : AssumedMfu);
        if (mfu > 1) throw new InvalidDataException(FormattableString.Invariant($"{tokensPerSecond} tokens a second and device are {mfu:0.00} of the peak of {device.Name} ({device.PeakFlops:0.###e0} {device.Peaks[0].Format}); give what one device does, not all of them"));
        return new TrainingPlan
        {
            Recipe = recipe,
            Config = config,
            Device = device,
            Layout = layout,
            Phases = phases,
            Mfu = mfu,
            MfuIsAssumed = tokensPerSecond is null && recipe.Plan.Mfu is null,
            Memory = isProcessor ? Here(config, sequences, length) : There(DeviceMemory.For(config, sequences, length, layout)),
            LeastDevices = least,
            PricePerHour = price ?? device.PricePerHour,
            PriceIsAssumed = price is null,
            VocabularyIsAssumed = assumed,
        };
    }

    /// <summary>Copies of the model: the devices over those that one copy takes; as few as hold it where no number is given.</summary>
    private static int Copies(Recipe recipe, DeviceLayout layout, long? least)
    {
        if (recipe.Plan.Gpus is not { } devices) return least is { } enough ? (int)(enough / layout.Devices) : 1;
        if (devices % layout.Devices != 0)
            throw new InvalidDataException($"{devices} devices are no multiple of the {layout.Devices} that one copy takes (tensor parallel {layout.TensorParallel} × pipeline parallel {layout.PipelineParallel}); change --gpus, --tp or --pp");
        var copies = (int)(devices / layout.Devices);
        var sequences = (long)recipe.Training.BatchSize * recipe.Training.GradientAccumulation;
        if (copies > sequences)
            throw new InvalidDataException($"{devices} devices make {copies} copies, but a step has only {sequences} sequences to share among them; use fewer --gpus, or more of --tp and --pp");
        return copies;
    }

    private static PlannedPhase[] Split(Recipe recipe, IModelConfig config)
    {
        var phases = new List<PlannedPhase>();
        var (seen, steps) = (0.0, 0L);
        foreach (var (until, batch, length) in recipe.Plan.BatchRamp)
        {
            phases.Add(new PlannedPhase((long)Math.Round((until - seen) / batch), batch, length, ModelFlops.TrainingPerToken(config, length)));
            (seen, steps) = (until, steps + phases[^1].Steps);
        }
        if (steps >= recipe.Training.Steps)
            throw new InvalidDataException($"plan.batch_ramp takes {steps} steps, but training.steps is {recipe.Training.Steps}; leave some for the full batch");
        phases.Add(new PlannedPhase(recipe.Training.Steps - steps, recipe.TokensPerStep, recipe.Data.SequenceLength, ModelFlops.TrainingPerToken(config, recipe.Data.SequenceLength)));
        return [.. phases];
    }

    private static (int Size, bool IsAssumed) Vocabulary(Recipe recipe) => recipe.Tokenizer switch
    {
        { Path: { } path } => (TokenizerPath.Load(path).VocabularySize, false),
        { VocabSize: { } size } => (size, false),
        _ when recipe.Data.Train.Count > 0 => (recipe.Data.Train.SelectMany(source => TextFile.Read(source.Path)).Distinct().Count(), false),
        _ => (PlannedModel.AssumedCharacters, true),
    };

    private static (string, double)[] Here(IModelConfig config, int sequences, int length)
    {
        var plan = MemoryPlan.For(config, sequences, length, 0);
        return [("weights, fp32", plan.Weights), ("gradients, fp32", plan.Gradients), ("AdamW's moments, fp32", plan.Moments), ("activations and logits, fp32", plan.Activations), ("the program", plan.Data)];
    }

    private static (string, double)[] There(DeviceMemory memory) =>
        [("weights, bf16", memory.Weights), ("gradients, bf16", memory.Gradients), ("master weights and moments, fp32", memory.Optimizer), ("activations and logits", memory.Activations)];
}
