using System.Text.Encodings.Web;
using System.Text.Json;

namespace Puna.Inference;

/// <summary>
/// Answers to a file of prompts, a JSON object a line, appended line by line so that a run that was stopped goes on where it was. Each line names its prompt by
/// <c>index</c> and text, and the settings it was made with by <c>run</c>: lines of other prompts or settings are never taken for this run's own.
/// </summary>
public sealed class AnswerFile : IDisposable
{
    private const int LongestLine = 1 << 28;
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly FileStream _stream;
    private readonly string _run;
    private readonly HashSet<int> _done = [];

    private AnswerFile(FileStream stream, string run) => (_stream, _run) = (stream, run);

    private static ReadOnlySpan<byte> Beginning => "{\"index\":"u8;

    /// <summary>Members that every answer has or may have; what is copied from a prompt may not be called so.</summary>
    public static IReadOnlyCollection<string> OwnNames { get; } = new HashSet<string>
    {
        "index", "run", "seed", "text", "tokens", "finish_reason", "prompt_tokens", "generated_tokens", "logprobs", "samples",
    };

    /// <summary>Indices of the prompts that have their answer.</summary>
    public IReadOnlySet<int> Done => _done;

    /// <summary>The seed that the first answer in the file says, and the index of its prompt; null where there is none.</summary>
    public (long Seed, int Index)? FirstSeed { get; private set; }

    /// <summary>Opens a file, new or begun. The end of a line that a killed run left half-written is cut off.</summary>
    /// <param name="path">The file.</param>
    /// <param name="prompts">What is to be answered.</param>
    /// <param name="run">A short name of everything that decides the answers, save seed and prompt.</param>
    /// <param name="overwrite">Begin anew.</param>
    /// <exception cref="InvalidDataException">What is there was not written for these prompts with these settings; the sentence has the line. Nothing is changed then.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static AnswerFile Open(string path, IReadOnlyList<BatchPrompt> prompts, string run, bool overwrite = false)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        var stream = new FileStream(path, overwrite ? FileMode.Create : FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            var file = new AnswerFile(stream, run);
            stream.SetLength(file.ReadBack(path, prompts));
            stream.Position = stream.Length;
            return file;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Adds the answer to a prompt; it is in the file when this returns.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="seed">Seed of its first sample.</param>
    /// <param name="answer">Writes the other members.</param>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Add(BatchPrompt prompt, long seed, Action<Utf8JsonWriter> answer)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, Readable))
        {
            json.WriteStartObject();
            json.WriteNumber("index", prompt.Index);
            json.WriteString("run", _run);
            json.WriteNumber("seed", seed);
            json.WriteString("prompt", prompt.Text);
            if (prompt.System is not null) json.WriteString("system", prompt.System);
            foreach (var (name, value) in prompt.Others)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }
            answer(json);
            json.WriteEndObject();
        }
        line.WriteByte((byte)'\n');
        _stream.Write(line.GetBuffer(), 0, (int)line.Length);
        _stream.Flush();
        _done.Add(prompt.Index);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
    }

    /// <summary>Looks at the lines that are there; returns the bytes up to the end of the last whole one.</summary>
    private long ReadBack(string path, IReadOnlyList<BatchPrompt> prompts)
    {
        using var line = new MemoryStream();
        var (number, whole) = (1, 0L);
        for (int next; (next = _stream.ReadByte()) >= 0;)
        {
            if (next != '\n')
            {
                if (line.Length == LongestLine) throw Foreign("is too long to be an answer of this program");
                line.WriteByte((byte)next);
                continue;
            }
            try
            {
                Check(line.GetBuffer().AsMemory(0, (int)line.Length));
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                throw Foreign("is no answer of this program");
            }
            whole += line.Length + 1;
            line.SetLength(0);
            number++;
        }
        var rest = line.GetBuffer().AsSpan(0, (int)Math.Min(line.Length, Beginning.Length));
        return Beginning.StartsWith(rest) ? whole : throw Foreign("is no answer of this program");

        void Check(ReadOnlyMemory<byte> bytes)
        {
            using var document = JsonDocument.Parse(bytes);
            var json = document.RootElement;
            var index = json.GetProperty("index").GetInt32();
            var seed = json.GetProperty("seed").GetInt64();
            if (index < 0 || index >= prompts.Count) throw Foreign($"answers prompt {index}, and there are {prompts.Count}");
            var system = json.TryGetProperty("system", out var given) ? given.GetString() : null;
            if (json.GetProperty("prompt").GetString() != prompts[index].Text || system != prompts[index].System) throw Foreign($"answers another prompt than the present prompt {index}");
            if (json.GetProperty("run").GetString() != _run) throw Foreign("was written with another model or other settings");
            if (!_done.Add(index)) throw Foreign($"answers prompt {index} a second time");
            FirstSeed ??= (seed, index);
        }

        InvalidDataException Foreign(string what) => new($"{path}, line {number} {what}; give another --output, or --overwrite to begin anew");
    }
}
