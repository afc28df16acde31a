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
public sealed record CheckpointState(int Step, long TokensSeen, double Seconds, double BestLoss);

/// <summary>
/// A checkpoint is a loadable model folder with two files more: trainer_state.json and trainer_state.safetensors (AdamW's moments as
/// exp_avg.NAME and exp_avg_sq.NAME). The folder is written under a temporary name and renamed, so it is there whole or not at all.
/// </summary>
public static class TrainingCheckpoint
{
    /// <summary>Name of the small state file; its presence makes a model folder a checkpoint.</summary>
    public const string StateFile = "trainer_state.json";

    /// <summary>Name of the file of moments.</summary>
    public const string MomentsFile = "trainer_state.safetensors";

    /// <summary>Saves the trainer's state and its network.</summary>
    /// <param name="folder">Where; an older checkpoint there is replaced.</param>
    /// <param name="trainer">The trainer.</param>
    /// <param name="model">The trainer's network with its tokenizer.</param>
    /// <param name="seconds">Time spent so far.</param>
    /// <param name="bestLoss">Lowest validation loss so far.</param>
    /// <exception cref="IOException">The disk is full or not writable; what was there before is untouched.</exception>
    public static void Save(string folder, Trainer trainer, LanguageModel model, double seconds, double bestLoss) => AtomicFolder.Write(folder, temporary =>
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
            json.WriteEndObject();
        });
    });

    /// <summary>Reads weights, moments and step into a trainer that was made for the same recipe.</summary>
    /// <exception cref="InvalidDataException">A file is missing, damaged or of another network.</exception>
    public static CheckpointState Load(string folder, Trainer trainer)
    {
        var state = ReadState(folder);
        using (var weights = new HuggingFaceWeights(folder)) weights.CopyTo(trainer.Network);
        using var moments = new SafetensorsFile(Path.Combine(folder, MomentsFile));
        for (var i = 0; i < trainer.Network.Parameters.Count; i++)
        {
            moments.CopyTo($"exp_avg.{trainer.Network.Parameters[i].Name}", trainer.Optimizer.FirstMoments[i]);
            moments.CopyTo($"exp_avg_sq.{trainer.Network.Parameters[i].Name}", trainer.Optimizer.SecondMoments[i]);
        }
        trainer.Resume(state.Step, state.TokensSeen);
        return state;
    }

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
                root.TryGetProperty("best_val_loss", out var best) ? best.GetDouble() : double.PositiveInfinity);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"checkpoint {folder}: {StateFile} is missing or damaged ({e.Message})");
        }
    }
}
