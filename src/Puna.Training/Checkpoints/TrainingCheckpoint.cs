using System.Text.Json;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Training;

/// <summary>What a checkpoint knows besides weights and moments.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="TokensSeen">Label tokens learned from.</param>
/// <param name="Seconds">Time spent training so far.</param>
/// <param name="BestLoss">Lowest validation loss so far, nats; infinity before the first evaluation.</param>
public sealed record CheckpointState(int Step, long TokensSeen, double Seconds, double BestLoss)
{
    /// <summary>Steps that were skipped.</summary>
    public int Skipped { get; init; }

    /// <summary>Of these the latest, without a break.</summary>
    public int SkippedInARow { get; init; }

    /// <summary>Validation loss of these very weights, nats; null where they were not evaluated.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>What the time went to.</summary>
    public TimeSpent Time { get; init; } = TimeSpent.None;

    /// <summary>Hash of some of the batches learned from.</summary>
    public string? DataFingerprint { get; init; }
}

/// <summary>
/// A checkpoint is a loadable model folder with three files more: trainer_state.json, trainer_state.safetensors (AdamW's moments as
/// exp_avg.NAME and exp_avg_sq.NAME) and checksums.sha256, by which damage is seen before anything is read. The random state is no file: dropout and
/// the order of the data are functions of the recipe's seed and of the step. The folder is written under a temporary name and renamed, so it is there whole or not at all.
/// </summary>
public static class TrainingCheckpoint
{
    /// <summary>Name of the small state file; its presence makes a model folder a checkpoint.</summary>
    public const string StateFile = "trainer_state.json";

    /// <summary>Name of the file of moments.</summary>
    public const string MomentsFile = "trainer_state.safetensors";

    private const string ConfigName = "config.json";

    /// <summary>Saves the trainer's state and its network.</summary>
    /// <param name="folder">Where; an older checkpoint there is replaced.</param>
    /// <param name="trainer">The trainer.</param>
    /// <param name="model">The trainer's network with its tokenizer.</param>
    /// <param name="seconds">Time spent so far.</param>
    /// <param name="bestLoss">Lowest validation loss so far.</param>
    /// <param name="time">What the time went to; null for unknown.</param>
    /// <param name="validationLoss">Validation loss of these weights, where they were evaluated.</param>
    /// <param name="more">Writes further files into the folder whose path it is given.</param>
    /// <exception cref="IOException">The disk is full or not writable; what was there before is untouched.</exception>
    public static void Save(string folder, Trainer trainer, LanguageModel model, double seconds, double bestLoss, TimeSpent? time = null, double? validationLoss = null, Action<string>? more = null) => AtomicFolder.Write(folder, temporary =>
    {
        ModelFolder.Save(temporary, model);
        var moments = new List<(string, Tensor)>();
        for (var i = 0; i < trainer.Network.Parameters.Count; i++)
        {
            moments.Add(($"exp_avg.{trainer.Network.Parameters[i].Name}", trainer.Optimizer.FirstMoments[i]));
            moments.Add(($"exp_avg_sq.{trainer.Network.Parameters[i].Name}", trainer.Optimizer.SecondMoments[i]));
        }
        SafetensorsWriter.Write(Path.Combine(temporary, MomentsFile), moments);
        AtomicFile.Write(Path.Combine(temporary, StateFile), stream =>
        {
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            json.WriteStartObject();
            json.WriteNumber("step", trainer.Step);
            json.WriteNumber("tokens_seen", trainer.TokensSeen);
            json.WriteNumber("seconds", seconds);
            if (double.IsFinite(bestLoss)) json.WriteNumber("best_val_loss", bestLoss);
            if (validationLoss is { } loss && double.IsFinite(loss)) json.WriteNumber("val_loss", loss);
            json.WriteNumber("skipped_steps", trainer.Skipped);
            json.WriteNumber("skipped_in_a_row", trainer.SkippedInARow);
            json.WriteString("data_fingerprint", trainer.DataFingerprint());
            Write(json, time ?? TimeSpent.None);
            json.WriteEndObject();
        });
        more?.Invoke(temporary);
        Checksums.Write(temporary);
    });

    /// <summary>Looks for damage: a file that is missing, cut short or has other bytes than were written.</summary>
    /// <param name="folder">A checkpoint.</param>
    /// <returns>What is wrong with it, as the rest of a sentence; null where it is whole.</returns>
    public static string? FindDamage(string folder) => Checksums.FindDamage(folder, ConfigName, HuggingFaceWeights.SingleFile, MomentsFile, StateFile);

    /// <summary>Reads weights, moments and step into a trainer that was made for the same recipe.</summary>
    /// <param name="folder">A checkpoint.</param>
    /// <param name="trainer">The trainer.</param>
    /// <param name="isChecked">Whether <see cref="FindDamage"/> found none a moment ago.</param>
    /// <exception cref="InvalidDataException">A file is missing, damaged or of another network.</exception>
    public static CheckpointState Load(string folder, Trainer trainer, bool isChecked = false)
    {
        if (!isChecked && FindDamage(folder) is { } damage) throw new InvalidDataException($"checkpoint {folder}: {damage}");
        var state = ReadState(folder);
        using (var weights = new HuggingFaceWeights(folder)) weights.CopyTo(trainer.Network);
        using var moments = new SafetensorsFile(Path.Combine(folder, MomentsFile));
        for (var i = 0; i < trainer.Network.Parameters.Count; i++)
        {
            moments.CopyTo($"exp_avg.{trainer.Network.Parameters[i].Name}", trainer.Optimizer.FirstMoments[i]);
            moments.CopyTo($"exp_avg_sq.{trainer.Network.Parameters[i].Name}", trainer.Optimizer.SecondMoments[i]);
        }
        trainer.Resume(state);
        return state;
    }

    /// <summary>Whether a trainer's data are those that a checkpoint was made with; true where the checkpoint does not say.</summary>
    /// <param name="state">Of the checkpoint that the trainer was loaded from.</param>
    /// <param name="trainer">The trainer, not yet advanced, with the checkpoint's batch sizes.</param>
    public static bool HasSameData(CheckpointState state, Trainer trainer) => state.DataFingerprint is not { } fingerprint || fingerprint == trainer.DataFingerprint();

    /// <summary>Reads only the small state file.</summary>
    /// <exception cref="InvalidDataException">It is missing or damaged.</exception>
    public static CheckpointState ReadState(string folder)
    {
        var path = Path.Combine(folder, StateFile);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            if (root.GetProperty("step").GetInt32() < 0) throw new FormatException($"step is {root.GetProperty("step")}");
            return new CheckpointState(root.GetProperty("step").GetInt32(), root.GetProperty("tokens_seen").GetInt64(), root.GetProperty("seconds").GetDouble(),
                root.TryGetProperty("best_val_loss", out var best) ? best.GetDouble() : double.PositiveInfinity)
            {
                Skipped = root.TryGetProperty("skipped_steps", out var skipped) ? skipped.GetInt32() : 0,
                SkippedInARow = root.TryGetProperty("skipped_in_a_row", out var inARow) ? inARow.GetInt32() : 0,
                ValidationLoss = root.TryGetProperty("val_loss", out var loss) ? loss.GetDouble() : null,
                Time = root.TryGetProperty("time", out var time) ? ReadTime(time) : TimeSpent.None,
                DataFingerprint = root.TryGetProperty("data_fingerprint", out var fingerprint) ? fingerprint.GetString() : null,
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"checkpoint {folder}: {StateFile} is missing or damaged ({e.Message})");
        }
    }

    private static void Write(Utf8JsonWriter json, TimeSpent time)
    {
        json.WriteStartObject("time");
        json.WriteNumber("training", time.Training);
        json.WriteNumber("other", time.Other);
        json.WriteNumber("checkpoints", time.Checkpoints);
        json.WriteNumber("skipped_steps", time.Skipped);
        json.WriteNumber("restarts", time.Restarts);
        json.WriteEndObject();
    }

    private static TimeSpent ReadTime(JsonElement time) => new(
        time.GetProperty("training").GetDouble(), time.GetProperty("other").GetDouble(), time.GetProperty("checkpoints").GetDouble(),
        time.GetProperty("skipped_steps").GetDouble(), time.GetProperty("restarts").GetDouble());
}
