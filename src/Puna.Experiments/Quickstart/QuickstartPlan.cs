namespace Puna.Experiments.Quickstart;

/// <summary>The fixed sizes of quickstart, beside its recipe (recipes/quickstart.yaml). Nothing here depends on the clock.</summary>
internal static class QuickstartPlan
{
    /// <summary>Stories of the corpus, each with its interview; a little less than one epoch of pretraining.</summary>
    public const int TrainingStories = 18_000;

    /// <summary>Stories that never occur in training, for every figure.</summary>
    public const int HeldOutStories = 200;

    /// <summary>Stories whose text the tokenizer is trained on.</summary>
    public const int TokenizerStories = 4_000;

    /// <summary>Stories whose questions are asked as conversations in fine-tuning.</summary>
    public const int FineTuningStories = 2_400;

    /// <summary>Optimizer steps of fine-tuning.</summary>
    public const int FineTuningSteps = 300;

    /// <summary>Conversations of a fine-tuning step, each of at most the model's context.</summary>
    public const int FineTuningBatch = 6;

    /// <summary>Peak learning rate of fine-tuning.</summary>
    public const double FineTuningRate = 1e-3;

    /// <summary>Stories sampled from the pretrained model and checked against the world's rules.</summary>
    public const int SampledStories = 100;

    /// <summary>Temperature of these samples.</summary>
    public const double SampleTemperature = 0.6;

    /// <summary>Stories shown in the report.</summary>
    public const int ShownStories = 5;

    /// <summary>The most tokens of a story.</summary>
    public const int LongestStory = 80;

    /// <summary>The most tokens of an answer.</summary>
    public const int LongestAnswer = 8;

    /// <summary>About how long it all takes on two full cores, seconds; only announced.</summary>
    public const int ExpectedSeconds = 45;
}
