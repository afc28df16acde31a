using System.IO.Compression;

namespace Puna.Text;

/// <summary>gzip (RFC 1952) read forwards, with a sentence where the file is none, is damaged or ends early.</summary>
internal sealed class CheckedGzip : Stream
{
    private readonly FileStream _file;
    private readonly string _path;
    private readonly GZipStream _gzip;
    private bool _checked;

    // without it .NET takes a stream that was cut short for one that ended; read once, when the first stream is decompressed
    static CheckedGzip() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    public CheckedGzip(FileStream file, string path) => (_file, _path, _gzip) = (file, path, new GZipStream(file, CompressionMode.Decompress, leaveOpen: true));

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        CheckStart();
        try
        {
            return _gzip.Read(buffer);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{_path}: the gzip data are damaged or cut short ({exception.Message.TrimEnd('.')}); compress or download the file again", exception);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _gzip.Dispose();
        base.Dispose(disposing);
    }

    private void CheckStart()
    {
        if (_checked) return;
        _checked = true;
        Span<byte> start = stackalloc byte[2];
        var count = _file.ReadAtLeast(start, 2, throwOnEndOfStream: false);
        _file.Position = 0;
        if (count < 2 || start[0] != 0x1F || start[1] != 0x8B) throw new InvalidDataException($"{_path}: the name ends in .gz, but the file is not gzip; rename it or compress it");
    }
}
