using System.Globalization;
using System.Text;

namespace Puna.Experiments.Runs;

/// <summary>
/// A file of TensorBoard events: records that hold the protobuf messages Event and Summary (github.com/tensorflow/tensorboard,
/// tensorboard/compat/proto/event.proto and summary.proto). The numbers below are the fields of those files.
/// </summary>
public sealed class EventFile : IDisposable
{
    private const int EventWallTime = 1, EventStep = 2, EventFileVersion = 3, EventSummary = 5, EventSessionLog = 7, SessionLogStatus = 1, SessionLogStart = 1;
    private const int SummaryValue = 1, ValueTag = 1, ValueSimple = 2, ValueTensor = 8, ValueMetadata = 9;
    private const int MetadataPlugin = 1, MetadataDataClass = 4, DataClassTensor = 2, PluginName = 1, TensorType = 1, TensorShape = 2, TensorStrings = 8, TypeString = 7;
    private const string Prefix = "events.out.tfevents.", Version = "brain.Event:2", Host = "puna";
    private static int _made;
    private readonly TfRecordFile _records;
    private readonly ProtoBuffer _event = new(), _summary = new(), _value = new(), _inner = new();

    private EventFile(TfRecordFile records) => _records = records;

    /// <summary>
    /// Begins a file in a folder of event files. Its name is as other writers make it, <c>events.out.tfevents.SECONDS.HOST.PROCESS.N</c>; in the place of the
    /// host's name stands <c>puna</c>, since what computers are called at home is nobody's business. TensorBoard reads the files of a folder in the order of
    /// their names, so the seconds are later than those of any file that is there.
    /// </summary>
    /// <param name="folder">The folder; TensorBoard's name of the run is its path.</param>
    /// <param name="done">Steps done in earlier sittings. Whatever files that are there say of later steps, TensorBoard drops.</param>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static EventFile Create(string folder, long done = 0)
    {
        Directory.CreateDirectory(folder);
        var latest = Directory.GetFiles(folder, Prefix + "*").Select(SecondsOf).DefaultIfEmpty(0).Max();
        var seconds = Math.Max(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), latest + 1);
        var name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{seconds:D10}.{Host}.{Environment.ProcessId}.{Interlocked.Increment(ref _made) - 1}");
        var file = new EventFile(new TfRecordFile(Path.Combine(folder, name)));
        file._records.Write(file.Event(0).String(EventFileVersion, Version).Written);
        // A reader forgets what it knows of this step and later ones.
        if (latest > 0) file._records.Write(file.Event(done > 0 ? done + 1 : 0).Message(EventSessionLog, file._inner.Clear().Integer(SessionLogStatus, SessionLogStart)).Written);
        file._records.Flush();
        return file;
    }

    /// <summary>Begins an event of several scalars.</summary>
    public void BeginScalars() => _summary.Clear();

    /// <summary>Adds a scalar.</summary>
    /// <param name="tag">Its name as UTF-8, such as <c>train/loss</c>.</param>
    /// <param name="value">The number.</param>
    public void Scalar(ReadOnlySpan<byte> tag, double value) =>
        _summary.Message(SummaryValue, _value.Clear().Bytes(ValueTag, tag).Float(ValueSimple, (float)value));

    /// <summary>Writes the scalars.</summary>
    /// <param name="step">The step they are of.</param>
    public void EndScalars(long step) => _records.Write(Event(step).Message(EventSummary, _summary).Written);

    /// <summary>Writes a text for the page of texts.</summary>
    /// <param name="step">The step it is of.</param>
    /// <param name="tag">Its name.</param>
    /// <param name="markdown">The text, which TensorBoard renders as Markdown.</param>
    public void Text(long step, string tag, string markdown)
    {
        var plugin = new ProtoBuffer().String(PluginName, "text");
        var metadata = new ProtoBuffer().Message(MetadataPlugin, plugin).Integer(MetadataDataClass, DataClassTensor);
        // A tensor without dimensions that holds one string.
        var tensor = new ProtoBuffer().Integer(TensorType, TypeString).Bytes(TensorShape, []).Bytes(TensorStrings, Encoding.UTF8.GetBytes(markdown));
        _value.Clear().String(ValueTag, tag).Message(ValueTensor, tensor).Message(ValueMetadata, metadata);
        _records.Write(Event(step).Message(EventSummary, _summary.Clear().Message(SummaryValue, _value)).Written);
    }

    /// <summary>Hands the events to the system, from where TensorBoard can read them.</summary>
    public void Flush() => _records.Flush();

    /// <inheritdoc/>
    public void Dispose() => _records.Dispose();

    private ProtoBuffer Event(long step)
    {
        _event.Clear().Double(EventWallTime, (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds);
        return step == 0 ? _event : _event.Integer(EventStep, step);
    }

    private static long SecondsOf(string path) =>
        long.TryParse(Path.GetFileName(path)[Prefix.Length..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < uint.MaxValue ? seconds : 1;
}
