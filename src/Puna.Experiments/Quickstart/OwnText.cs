using System.Diagnostics;
using System.Text.Json;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Text;

namespace Puna.Experiments.Quickstart;

/// <summary>Quickstart on a text of one's own: the same network, a tokenizer that suits the text's length, pretraining with validation on its last tenth.</summary>
internal static class OwnText
{
    private const int CharactersForPieces = 200_000;
    private const int PieceVocabulary = 512;
    private const int MostDistinct = 300;

    public static QuickstartResult? Run(QuickstartOptions options, IRunDisplay display, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        display.Say("a text of your own has no questions about it: pretraining only, no fine-tuning");
        var recipe = Recipe(options);
        if (PretrainRun.Run(recipe, new RunOptions(options.Output, options.Mode, options.Device, options.Threads), display, cancellation) is not { } text) return null;
        using var json = JsonDocument.Parse(text);
        double Figure(string name) => json.RootElement.GetProperty(name).GetDouble();
        var model = RunFolder.Read(options.Output).ModelPath;
        return new QuickstartResult(Figure("val_loss"), Figure("val_accuracy"), Figure("unigram_loss"), Figure("bigram_loss"), null, null, [], Figure("tokens_per_second"), clock.Elapsed.TotalSeconds, model, model);
    }

    /// <summary>Characters for a short text or one with a large alphabet, pieces for the others.</summary>
    private static Recipe Recipe(QuickstartOptions options)
    {
        var text = TextFile.Read(options.Data!);
        var characters = text.Length < CharactersForPieces || text.Distinct().Count() > MostDistinct;
        string[] tokenizer = characters ? ["tokenizer.type=char"] : [$"tokenizer.vocab_size={PieceVocabulary}", "tokenizer.normalization=nmt_nfkc", "tokenizer.remove_extra_whitespaces=true"];
        return RecipeLoader.Load(characters ? "tiny-llama" : "quickstart",
            [
                .. tokenizer, $"training.seed={options.Seed}", "data.encode=whole", "data.split_by=tokens", "data.document_mask=false", "data.sequence_length=96", "training.batch_size=8", "training.steps=2200",
                "training.eval_every=550", "training.eval_tokens=20000", "model.hidden_size=96", "model.intermediate_size=256", "model.num_hidden_layers=3", "model.num_attention_heads=4", "model.max_position_embeddings=128",
                "model.initializer_range=0.1", "optimizer.learning_rate=3e-3", "schedule.warmup_steps=100", $"training.precision={options.Precision.ToString().ToLowerInvariant()}",
            ], [options.Data!]);
    }
}
