using System.Globalization;
using System.Text.Json;
using Puna.Experiments.Benchmarks;
using Puna.Inference;
using Puna.Tensors;

namespace Puna.Cli.Reporting;

/// <summary>What the lines of a table of speeds have in common.</summary>
/// <param name="Model">The model.</param>
/// <param name="Threads">Threads that computed.</param>
/// <param name="Tier">Kernels.</param>
/// <param name="BatchSize">The most tokens of a run of the engine.</param>
/// <param name="CacheType">How keys and values were kept.</param>
/// <param name="Memory">Bytes of weights.</param>
internal sealed record InferenceBenchSetting(BenchedModel Model, int Threads, string Tier, int BatchSize, CacheType CacheType, EngineMemory Memory);

/// <summary>
/// The figures of <c>puna bench --model</c>: the table of llama-bench and llama-batched-bench, or their fields as JSON or CSV, line by line as they come (JSON at
/// the end). Fields that mean nothing here are left out, and there are a few more: the tier, and the bytes of weights that are mapped and that are copied.
/// </summary>
internal sealed class InferenceBenchReport(TextWriter output, string format)
{
    private static readonly (string Name, int Width)[] Columns = [("model", 30), ("size", 10), ("params", 10), ("backend", 10), ("threads", 7), ("test", 15), ("t/s", 20)];
    private static readonly string[] BatchedColumns = ["PP", "TG", "B", "N_KV", "T_PP s", "S_PP t/s", "T_TG s", "S_TG t/s", "T s", "S t/s"];
    private readonly List<IReadOnlyList<(string Name, object Value)>> _lines = [];

    /// <summary>A test of one sequence.</summary>
    public void Add(InferenceBenchSetting setting, InferenceBenchResult result)
    {
        if (format == "md") WriteRow(setting, result);
        else AddFields([.. Common(setting), .. Fields(result)]);
    }

    /// <summary>A test of several sequences.</summary>
    public void Add(InferenceBenchSetting setting, BatchedBenchResult result)
    {
        if (format == "md") WriteRow(setting, result);
        else AddFields([.. Common(setting), .. Fields(setting, result)]);
    }

    /// <summary>Nothing more comes.</summary>
    public void End()
    {
        if (format == "md") output.WriteLine($"\nbuild: {VersionAction.Build.Version} ({VersionAction.Build.Commit})");
        if (format != "json") return;
        JsonOutput.WriteLine(output, json =>
        {
            json.WriteStartArray();
            foreach (var line in _lines)
            {
                json.WriteStartObject();
                foreach (var (name, value) in line)
                {
                    json.WritePropertyName(name);
                    Write(json, value);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private static IEnumerable<(string Name, object Value)> Common(InferenceBenchSetting setting) =>
    [
        ("build_commit", VersionAction.Build.Commit),
        ("cpu_info", HardwareProbe.ProcessorName),
        ("gpu_info", ""),
        ("backends", "CPU"),
        ("model_filename", setting.Model.Path),
        ("model_type", setting.Model.Type),
        ("model_size", setting.Model.Bytes),
        ("model_n_params", setting.Model.Parameters),
        ("n_batch", setting.BatchSize),
        ("n_ubatch", setting.BatchSize),
        ("n_threads", setting.Threads),
        ("type_k", CacheTypes.NameOf(setting.CacheType)),
        ("type_v", CacheTypes.NameOf(setting.CacheType)),
        ("n_gpu_layers", 0),
        ("load_mode", setting.Memory.MappedWeights > 0 ? "mmap" : "none"),
        ("embeddings", false),
        ("tier", setting.Tier),
        ("mapped_bytes", setting.Memory.MappedWeights),
        ("copied_bytes", setting.Memory.CopiedWeights),
    ];

    private static IEnumerable<(string Name, object Value)> Fields(InferenceBenchResult result) =>
    [
        ("n_prompt", result.Test.Prompt),
        ("n_gen", result.Test.Generated),
        ("n_depth", result.Test.Depth),
        ("test_time", result.Time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)),
        ("avg_ns", (long)result.Times.Mean),
        ("stddev_ns", (long)result.Times.Deviation),
        ("avg_ts", result.Speed.Mean),
        ("stddev_ts", result.Speed.Deviation),
        ("samples_ns", result.Nanoseconds),
        ("samples_ts", result.Speeds),
    ];

    private static IEnumerable<(string Name, object Value)> Fields(InferenceBenchSetting setting, BatchedBenchResult result)
    {
        var (prompt, generated) = (result.PromptSeconds.Average(), result.GeneratedSeconds.Average());
        var figures = Figures(result);
        return
        [
            ("n_threads_batch", setting.Threads),
            ("is_pp_shared", 0),
            ("pp", result.Test.Prompt),
            ("tg", result.Test.Generated),
            ("pl", result.Sequences),
            ("n_depth", result.Test.Depth),
            ("n_kv", figures.Positions),
            ("t_pp", prompt),
            ("speed_pp", figures.PromptSpeed),
            ("t_tg", generated),
            ("speed_tg", figures.GeneratedSpeed),
            ("t", prompt + generated),
            ("speed", figures.Speed),
            ("samples_t_pp", result.PromptSeconds),
            ("samples_t_tg", result.GeneratedSeconds),
        ];
    }

    private static (long Positions, double PromptSpeed, double GeneratedSpeed, double Speed) Figures(BatchedBenchResult result)
    {
        var (prompt, generated) = (result.PromptSeconds.Average(), result.GeneratedSeconds.Average());
        var (read, written) = ((long)result.Sequences * result.Test.Prompt, (long)result.Sequences * result.Test.Generated);
        return (result.Sequences * result.Test.Positions, read / prompt, written / generated, (read + written) / (prompt + generated));
    }

    private void AddFields(IReadOnlyList<(string Name, object Value)> fields)
    {
        if (format == "json")
        {
            _lines.Add(fields);
            return;
        }
        (string Name, object Value)[] single = [.. fields.Where(field => field.Value is not System.Collections.IEnumerable or string)]; // llama-bench's CSV has no samples
        if (_lines.Count == 0) output.WriteLine(string.Join(',', single.Select(field => field.Name)));
        _lines.Add(fields);
        output.WriteLine(string.Join(',', single.Select(field => $"\"{Text(field.Value).Replace("\"", "\"\"", StringComparison.Ordinal)}\"")));
        output.Flush();
    }

    private void WriteRow(InferenceBenchSetting setting, InferenceBenchResult result)
    {
        if (_lines.Count == 0)
        {
            WriteCells(Columns.Select((column, i) => Cell(column.Name, i)));
            output.WriteLine("| " + string.Join(" | ", Columns.Select((column, i) => IsLeft(i) ? new string('-', column.Width) : new string('-', column.Width - 1) + ':')) + " |");
            _lines.Add([]);
        }
        string[] cells =
        [
            setting.Model.Type, Size(setting.Model.Bytes), Count(setting.Model.Parameters), "CPU", Text(setting.Threads), result.Test.Name,
            string.Create(CultureInfo.InvariantCulture, $"{result.Speed.Mean:0.00} ± {result.Speed.Deviation:0.00}"),
        ];
        WriteCells(cells.Select(Cell));
    }

    private void WriteRow(InferenceBenchSetting setting, BatchedBenchResult result)
    {
        if (_lines.Count == 0)
        {
            output.WriteLine($"{setting.Model.Type}, {setting.Threads} threads, {result.PromptSeconds.Count} repetitions\n");
            WriteCells(BatchedColumns.Select((name, i) => name.PadLeft(WidthOf(i))));
            output.WriteLine("|" + string.Join('|', BatchedColumns.Select((_, i) => new string('-', WidthOf(i) + 2))) + "|");
            _lines.Add([]);
        }
        var (prompt, generated, figures) = (result.PromptSeconds.Average(), result.GeneratedSeconds.Average(), Figures(result));
        string[] cells =
        [
            Text(result.Test.Prompt), Text(result.Test.Generated), Text(result.Sequences), Text(figures.Positions), Three(prompt), Two(figures.PromptSpeed),
            Three(generated), Two(figures.GeneratedSpeed), Three(prompt + generated), Two(figures.Speed),
        ];
        WriteCells(cells.Select((cell, i) => cell.PadLeft(WidthOf(i))));
    }

    private void WriteCells(IEnumerable<string> cells)
    {
        output.WriteLine("| " + string.Join(" | ", cells) + " |");
        output.Flush();
    }

    private static bool IsLeft(int column) => Columns[column].Name is "model" or "backend";

    private static int WidthOf(int batchedColumn) => batchedColumn < 4 ? 6 : 8;

    private static string Cell(string text, int column) => IsLeft(column) ? text.PadRight(Columns[column].Width) : text.PadLeft(Columns[column].Width);

    private static string Size(long bytes) => bytes >= 1L << 30 ? $"{Two(bytes / (double)(1L << 30))} GiB" : $"{Two(bytes / (double)(1L << 20))} MiB";

    private static string Count(long count) => count >= 1_000_000_000 ? $"{Two(count / 1e9)} B" : $"{Two(count / 1e6)} M";

    private static string Two(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Three(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Text(object value) => value switch
    {
        bool flag => flag ? "1" : "0",
        double number => number.ToString("0.000000", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static void Write(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case string text: json.WriteStringValue(text); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int number: json.WriteNumberValue(number); break;
            case long number: json.WriteNumberValue(number); break;
            case double number: json.WriteNumberValue(number); break;
            case System.Collections.IEnumerable list:
                json.WriteStartArray();
                foreach (var item in list) Write(json, item);
                json.WriteEndArray();
                break;
            default: throw new ArgumentException($"no JSON for {value.GetType()}", nameof(value));
        }
    }
}
