using System.Numerics;
using Puna.Tensors;

namespace Puna.Models;

/// <summary>One layer's adapter.</summary>
/// <param name="Module">The layer's name without ending, for example model.layers.0.self_attn.q_proj.</param>
/// <param name="A">[r, in].</param>
/// <param name="B">[out, r].</param>
public sealed record LoraModule(string Module, Tensor A, Tensor B)
{
    /// <summary>r.</summary>
    public int Rank => (int)A.Shape[0];
}

/// <summary>A LoRA adapter as PEFT stores it: adapter_config.json and adapter_model.safetensors. Read, written, and merged into the weights it was made for.</summary>
/// <param name="Config">Its options.</param>
/// <param name="Modules">Its layers, in the order of their names in the file.</param>
public sealed record LoraAdapter(LoraConfig Config, IReadOnlyList<LoraModule> Modules)
{
    /// <summary>Name of the file of weights in an adapter folder.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    private const string Prefix = "base_model.model.", EndA = ".lora_A.weight", EndB = ".lora_B.weight";

    /// <summary>Whether a folder holds an adapter.</summary>
    public static bool IsAdapter(string folder) => File.Exists(Path.Combine(folder, LoraConfig.FileName));

    /// <summary>Reads an adapter folder.</summary>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or tensors do not fit each other.</exception>
    public static LoraAdapter Load(string folder)
    {
        var path = Path.Combine(folder, LoraConfig.FileName);
        if (!File.Exists(path)) throw new FileNotFoundException($"{folder} has no {LoraConfig.FileName}: it is no adapter", path);
        var config = LoraConfig.Read(path);
        using var file = new SafetensorsFile(Path.Combine(folder, WeightsFile));
        var modules = new List<LoraModule>();
        foreach (var name in file.Tensors.Keys)
        {
            if (name.EndsWith(EndB, StringComparison.Ordinal) && file.Tensors.ContainsKey(name[..^EndB.Length] + EndA)) continue;
            if (!name.EndsWith(EndA, StringComparison.Ordinal) || !name.StartsWith(Prefix, StringComparison.Ordinal))
                throw new InvalidDataException($"{file.Path}: tensor '{name}' is no part of a LoRA adapter; its names are {Prefix}MODULE{EndA} and {EndB}");
            var module = name[Prefix.Length..^EndA.Length];
            var (a, b) = (file.Tensors[name], file.Tensors.GetValueOrDefault(Prefix + module + EndB) ?? throw new InvalidDataException($"{file.Path}: '{name}' is there without its {EndB}"));
            if (a.Shape.Count != 2 || b.Shape.Count != 2 || a.Shape[0] != b.Shape[1] || a.Shape[0] != config.RankOf(module))
                throw new InvalidDataException($"{file.Path}: the adapter of {module} is [r, in] {a.ShapeText} and [out, r] {b.ShapeText}, by {LoraConfig.FileName} r is {config.RankOf(module)}");
            modules.Add(new LoraModule(module, file.Read(a.Name, DType.Float32), file.Read(b.Name, DType.Float32)));
        }
        return modules.Count > 0 ? new LoraAdapter(config, modules) : throw new InvalidDataException($"{file.Path} holds no tensor");
    }

    /// <summary>Writes an adapter folder; the weights last.</summary>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        Config.Write(Path.Combine(folder, LoraConfig.FileName));
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), [.. Modules.SelectMany(module => new[] { (Prefix + module.Module + EndA, module.A), (Prefix + module.Module + EndB, module.B) })]);
    }

    /// <summary>Adds s·B·A to the weights of a network (Float32), each once.</summary>
    /// <exception cref="InvalidDataException">The network lacks a layer, or has it in another shape; nothing is changed then.</exception>
    public void MergeInto(LanguageNetwork network)
    {
        var weights = network.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Tensor);
        RequireEffect();
        foreach (var module in Modules) RequireFits(module, weights.GetValueOrDefault(module.Module + ".weight") is { } weight ? [weight.Shape[0], weight.Shape.Columns] : null);
        foreach (var module in Modules) Add(module, weights[module.Module + ".weight"]);
    }

    /// <summary>Refuses an adapter that would change nothing: what was meant to be trained was not, or not saved.</summary>
    internal void RequireEffect()
    {
        if (Modules.All(module => IsZero(module.A) || IsZero(module.B) || Config.Scale(module.Module, module.Rank) == 0))
            throw new InvalidDataException($"the adapter changes nothing: A or B of each of its {Modules.Count} layers is zero; it was not trained, or not saved");

        static bool IsZero(Tensor tensor) => !tensor.Span<float>().ContainsAnyExcept(0f);
    }

    /// <summary>Adds s·B·A of a layer to its weight.</summary>
    internal void Add(LoraModule module, Tensor weight) => Merge(weight, module, (float)Config.Scale(module.Module, module.Rank));

    /// <summary>Refuses a layer that the model does not have, or has in another shape.</summary>
    internal void RequireFits(LoraModule module, IReadOnlyList<long>? shape)
    {
        if (shape is null) throw new InvalidDataException($"the adapter has a part for {module.Module}, which the model does not have; it was made for {Config.BaseModel ?? "another model"}");
        if (shape is not [var rows, var columns] || rows != module.B.Shape[0] || columns != module.A.Shape[1])
            throw new InvalidDataException($"the adapter's part for {module.Module} is [{module.B.Shape[0]}, {module.A.Shape[1]}], the model's weight [{string.Join(", ", shape)}]; it was made for {Config.BaseModel ?? "another model"}");
    }

    private static void Merge(Tensor weight, LoraModule module, float scale)
    {
        var (columns, rank) = ((int)weight.Shape[1], module.Rank);
        Parallel.For(0, (int)weight.Shape[0], row =>
        {
            var to = weight.Span<float>().Slice(row * columns, columns);
            var factors = module.B.Span<float>().Slice(row * rank, rank);
            var sum = new float[columns];
            for (var k = 0; k < rank; k++) AddScaled(sum, module.A.Span<float>().Slice(k * columns, columns), factors[k]);
            AddScaled(to, sum, scale);
        });
    }

    private static void AddScaled(Span<float> to, ReadOnlySpan<float> from, float factor)
    {
        var i = 0;
        for (; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count) (new Vector<float>(to[i..]) + (new Vector<float>(from[i..]) * factor)).CopyTo(to[i..]);
        for (; i < to.Length; i++) to[i] += from[i] * factor;
    }
}
