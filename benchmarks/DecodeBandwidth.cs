#:project ../src/Puna.Inference/Puna.Inference.csproj
#:property PublishAot=false

// What share of the memory's read bandwidth decoding reaches: in one process, in turn, a pass of reading over as many bytes as the weights are, then four tokens.
// dotnet run -c Release benchmarks/DecodeBandwidth.cs MODEL.gguf [ROUNDS]      (the copy of the weights is what a token reads; the four stand at the first four positions, so the cache is next to nothing)
using System.Diagnostics;
using Puna.Inference;
using Puna.Models;
using Puna.Tensors;

const int Tokens = 4;
var rounds = args.Length > 1 ? int.Parse(args[1]) : 40;
using var source = ModelSource.Open(args[0], requireTokenizer: false);
var (device, reason) = Device.Open(null);
using var owned = device;
using var engine = Engines.Open(source, device);
using var batch = new InferenceBatch();
using var sequence = engine.CreateSequence();
var bytes = engine.Memory.CopiedWeights;
var threads = ((CpuDevice)device).ThreadCount;
Console.WriteLine($"{HardwareProbe.ProcessorName}: {reason}; {bytes / 1e9:F2} GB of weights");
Decode();
List<(double Read, double Decoded)> seen = [];
for (var round = 0; round < rounds; round++)
{
    var read = HardwareProbe.ReadBandwidth(threads, TimeSpan.Zero, Math.Max(bytes, HardwareProbe.LeastBytes));
    seen.Add((read, Decode()));
}
Console.WriteLine($"GB/s, medians of {rounds}: read alone {Median(seen.Select(pair => pair.Read / 1e9)):F1}, weights while decoding {Median(seen.Select(pair => pair.Decoded / 1e9)):F1}; share {Median(seen.Select(pair => pair.Decoded / pair.Read)):F3}");

double Decode()
{
    sequence.Truncate(0);
    var start = Stopwatch.GetTimestamp();
    for (var i = 0; i < Tokens; i++)
    {
        batch.Clear();
        batch.Add(sequence, [i + 1]);
        engine.Run(batch);
    }
    return Tokens * (double)bytes / Stopwatch.GetElapsedTime(start).TotalSeconds;
}

static double Median(IEnumerable<double> values)
{
    double[] sorted = [.. values.Order()];
    return sorted[sorted.Length / 2];
}
