using System.Text.Json;
using Puna.Models;
using Puna.Tensors;
using Puna.Tests;

namespace Puna.Cli.Tests;

public sealed class LogitsTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private SafetensorsFile Compute(string model, object tokens, params string[] more)
    {
        CommandLine.Done(["logits", "--model", model, "--tokens", Write(tokens), "--output", _scratch["logits.safetensors"], .. more]);
        return new SafetensorsFile(_scratch["logits.safetensors"]);
    }

    private string Write(object value, string name = "tokens.json") => _scratch.Write(name, JsonSerializer.Serialize(value));

    [Fact]
    public void A_golden_model_gives_the_golden_logits()
    {
        var folder = SharedData.Golden("models/b_llama3_gqa");
        using var expected = new SafetensorsFile(Path.Combine(folder, "expected.safetensors"));
        var ids = expected.Read("input_ids", DType.Int32);
        var golden = expected.Read("logits", DType.Float64);
        var (rows, length, vocabulary) = ((int)ids.Shape[0], (int)ids.Shape[1], (int)golden.Shape[2]);
        var tokens = Enumerable.Range(0, rows).Select(row => ids.Span<int>().Slice(row * length, length).ToArray()).ToArray();
        using var file = Compute(folder, tokens);
        for (var row = 0; row < rows; row++)
        {
            file.Entries[$"logits.{row}"].Type.ShouldBe("F32");
            file.Entries[$"logits.{row}"].Shape.ShouldBe([length, vocabulary]);
            var logits = file.Read($"logits.{row}", DType.Float64).ToArray<double>();
            var wanted = golden.Span<double>().Slice(row * length * vocabulary, length * vocabulary);
            for (var i = 0; i < logits.Length; i++) logits[i].ShouldBe(wanted[i], 1e-4);
        }
    }

    [Fact]
    public void One_sequence_gives_one_tensor_as_the_network_computes_it()
    {
        int[] ids = [3, 1, 4, 1, 5, 9];
        using var file = Compute(Tiny.Model, ids);
        using var device = new CpuDevice(2);
        using var arena = new Arena();
        var network = ModelFolder.Load(Tiny.Model).Network;
        var (tokens, positions) = (new Tensor(DType.Int32, new Shape(6)), new Tensor(DType.Int32, new Shape(6)));
        for (var i = 0; i < 6; i++) (tokens.Span<int>()[i], positions.Span<int>()[i]) = (ids[i], i);
        var tape = new Tape(device, arena);
        var wanted = network.Logits(tape, network.Forward(tape, new ForwardInput(tokens, positions, 1)));
        var logits = file.Read("logits");
        for (var i = 0; i < logits.Count; i++) logits.Span<float>()[i].ShouldBe(wanted.Span<float>()[i], 1e-5f);
    }

    [Fact]
    public void Documents_of_a_packed_row_do_not_see_each_other()
    {
        int[] first = [3, 1, 4], second = [1, 5, 9, 2];
        var alone = new List<float>();
        foreach (var ids in (int[][])[first, second])
        {
            using var file = Compute(Tiny.Model, ids);
            alone.AddRange(file.Read("logits").ToArray<float>());
        }
        using var packed = Compute(Tiny.Model, (int[])[.. first, .. second], "--documents", Write((int[])[0, 0, 0, 7, 7, 7, 7], "documents.json"));
        var logits = packed.Read("logits").ToArray<float>();
        for (var i = 0; i < logits.Length; i++) logits[i].ShouldBe(alone[i], 1e-5f);
    }

    [Fact]
    public void What_cannot_be_is_refused_with_its_place_and_nothing_is_written()
    {
        void Refused(object tokens, object? documents, params string[] words)
        {
            string[] more = documents is null ? [] : ["--documents", Write(documents, "documents.json")];
            CommandLine.Refused(["logits", "-m", Tiny.Model, "--tokens", Write(tokens), "-o", _scratch["no.safetensors"], .. more], words);
            File.Exists(_scratch["no.safetensors"]).ShouldBeFalse();
        }
        Refused((int[])[1, 2, 60], null, "id 60", "index 2", "0 to 59");
        Refused((int[][])[[1], [2, -1]], null, "id -1", "index 1", "sequence 1");
        Refused((int[])[], null, "no sequence");
        Refused((int[][])[[1], []], null, "sequence 1 has no ids");
        Refused("text", null, "JSON array");
        Refused((double[])[1.5], null, "whole numbers");
        Refused((int[])[1, 2], (int[])[0], "1 documents for 2 ids");
        Refused((int[][])[[1], [2]], (int[][])[[0]], "1 sequences");
        CommandLine.Refused(["logits", "-m", Tiny.Model, "--tokens", _scratch["none.json"], "-o", _scratch["x"]], "none.json");
    }
}
