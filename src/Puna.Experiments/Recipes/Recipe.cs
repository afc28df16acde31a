namespace Puna.Experiments.Recipes;

/// <summary>
/// Everything a run needs to be repeated: the network, its tokenizer, the data, and how it is trained. Two recipes with the same
/// values are equal. <see cref="RecipeLoader"/> reads one from YAML, <see cref="RecipeWriter"/> writes it back in full.
/// </summary>
/// <remarks>To add a setting: a property in its section, a line in <see cref="RecipeKeys"/>, and where it depends on another setting a check in
/// <c>RecipeChecks</c>. Reading, writing, the list of keys and the nearest-key hint follow from the line.</remarks>
public sealed record Recipe
{
    /// <summary>Short name, used for the run folder; the file's name without extension unless given.</summary>
    public string Name { get; init; } = "recipe";

    /// <summary>One line that says what the recipe reproduces.</summary>
    public string Description { get; init; } = "";

    /// <summary>The shape of the network.</summary>
    public ModelSection Model { get; init; } = new();

    /// <summary>The tokenizer: one to train, or one to load.</summary>
    public TokenizerSection Tokenizer { get; init; } = new();

    /// <summary>The text and how it becomes windows of tokens.</summary>
    public DataSection Data { get; init; } = new();

    /// <summary>Length, batch and rhythm of the training.</summary>
    public TrainingSection Training { get; init; } = new();

    /// <summary>The optimizer.</summary>
    public OptimizerSection Optimizer { get; init; } = new();

    /// <summary>The learning rate over the steps.</summary>
    public ScheduleSection Schedule { get; init; } = new();

    /// <summary>What it is planned for.</summary>
    public PlanSection Plan { get; init; } = new();

    /// <summary>What a ladder of it trains.</summary>
    public ScalingSection Scaling { get; init; } = new();

    /// <summary>Positions the model is built for: <see cref="ModelSection.ContextLength"/>, or the training window where that is not given.</summary>
    public int ContextLength => Model.ContextLength ?? Data.SequenceLength;

    /// <summary>Tokens that one optimizer step sees: sequences a pass × accumulated passes × window.</summary>
    public long TokensPerStep => (long)Training.BatchSize * Training.GradientAccumulation * Data.SequenceLength;

    /// <summary>Refuses a recipe that names no training text. Called when a run starts, so that recipes may be shipped without data.</summary>
    /// <exception cref="InvalidDataException">The recipe has no <c>data.train</c>.</exception>
    public void RequireData()
    {
        if (Data.Train.Count == 0)
            throw new InvalidDataException($"The recipe '{Name}' names no training text; give --data FILE or set data.train.");
    }

    /// <summary>The same recipe with every value that follows from others written out, so that it no longer depends on today's defaults.</summary>
    internal Recipe Resolve() => this with
    {
        Model = Model with
        {
            IntermediateSize = Model.IntermediateSize,
            KeyValueHeadCount = Model.KeyValueHeadCount,
            HeadDim = Model.HeadDim,
            ContextLength = ContextLength,
            TieWordEmbeddings = Model.TieWordEmbeddings,
        },
        Tokenizer = Tokenizer.Resolve(),
    };
}
