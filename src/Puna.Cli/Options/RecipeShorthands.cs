using System.CommandLine;
using System.Text.Json;

namespace Puna.Cli.Options;

/// <summary>Options of pretrain that stand for a key of the recipe: <c>--steps 100</c> is <c>--set training.steps=100</c>.</summary>
internal sealed class RecipeShorthands
{
    private readonly List<(Option<string?> Option, string Key)> _options =
    [
        Short("training.steps", "Optimizer steps", "--steps"),
        Short("training.batch_size", "Sequences a forward pass", "--batch-size"),
        Short("training.gradient_accumulation", "Forward passes an optimizer step", "--gradient-accumulation"),
        Short("data.sequence_length", "Tokens in a training window", "--sequence-length"),
        Short("optimizer.learning_rate", "Learning rate at the top of the schedule", "--learning-rate", "--lr"),
        Short("schedule.warmup_steps", "Steps over which the rate rises", "--warmup-steps"),
        Short("tokenizer.vocab_size", "Pieces of the vocabulary to train", "--vocab-size"),
        Short("model.max_position_embeddings", "Positions the model is built for", "--context-length", "--ctx-size"),
        Short("training.eval_every", "Steps between evaluations", "--eval-every"),
        Short("training.checkpoint_every", "Steps between checkpoints", "--checkpoint-every"),
        Short("training.seed", "Seed of everything drawn", "--seed", "-s"),
        Short("training.precision", "Number format of the matrix products: fp32, bf16 or auto", "--precision"),
        Short("tokenizer.path", "A tokenizer or model folder to load instead of training one", "--tokenizer"),
    ];

    public void AddTo(Command command)
    {
        foreach (var (option, _) in _options) command.Options.Add(option);
    }

    /// <summary>As settings <c>key=value</c> in the order of the table.</summary>
    public IEnumerable<string> Settings(ParseResult parsed)
    {
        foreach (var (option, key) in _options)
            if (parsed.GetValue(option) is { } value) yield return $"{key}={(key == "tokenizer.path" ? $"\"{JsonEncodedText.Encode(value)}\"" : value)}";
    }

    private static (Option<string?> Option, string Key) Short(string key, string description, string name, params string[] aliases) =>
        (new Option<string?>(name, aliases) { Description = $"{description} ({key})", HelpName = "VALUE" }, key);
}
