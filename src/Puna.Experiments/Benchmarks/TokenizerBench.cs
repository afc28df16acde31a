using System.Diagnostics;
using System.Text;
using Puna.Text;

namespace Puna.Experiments.Benchmarks;

/// <summary>How fast a tokenizer encodes a text. Every time is that of a tokenizer that was just loaded, so that it remembers nothing; the code has run before.</summary>
/// <param name="Bytes">UTF-8 bytes of the text.</param>
/// <param name="Tokens">Ids of the text line by line.</param>
/// <param name="ByLine">Bytes a second, line by line on one thread.</param>
/// <param name="OneMegabyte">Bytes a second of the first million bytes, or of all where there are fewer, as one string on one thread.</param>
/// <param name="Whole">Bytes a second of the whole text as one string on one thread.</param>
/// <param name="Threads">Threads of the last figure.</param>
/// <param name="Threaded">Bytes a second, line by line on all threads.</param>
public sealed record TokenizerBench(long Bytes, long Tokens, double ByLine, double OneMegabyte, double Whole, int Threads, double Threaded)
{
    private const int Megabyte = 1_000_000;

    /// <summary>Measures.</summary>
    /// <param name="path">The tokenizer.</param>
    /// <param name="text">The text.</param>
    /// <param name="threads">Threads of the last figure.</param>
    /// <exception cref="InvalidDataException">The tokenizer cannot be read.</exception>
    public static TokenizerBench Run(string path, string text, int threads)
    {
        var lines = text.Split('\n');
        var tokens = Tokenizers.Load(path).EncodeAll(lines, threads: 1).Sum(ids => (long)ids.Length);
        var start = Beginning(text);
        return new TokenizerBench(Encoding.UTF8.GetByteCount(text), tokens,
            Speed(text, tokenizer => tokenizer.EncodeAll(lines, threads: 1)),
            Speed(start, tokenizer => tokenizer.Encode(start)),
            Speed(text, tokenizer => tokenizer.Encode(text)),
            threads, Speed(text, tokenizer => tokenizer.EncodeAll(lines, threads: threads)));

        double Speed(string encoded, Action<Tokenizer> encode)
        {
            var tokenizer = Tokenizers.Load(path);
            var began = Stopwatch.GetTimestamp();
            encode(tokenizer);
            return Encoding.UTF8.GetByteCount(encoded) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }

    private static string Beginning(string text)
    {
        var length = Math.Min(text.Length, Megabyte);
        while (Encoding.UTF8.GetByteCount(text.AsSpan(0, length)) > Megabyte) length -= Math.Max(1, (Encoding.UTF8.GetByteCount(text.AsSpan(0, length)) - Megabyte) / 4);
        if (length > 0 && char.IsHighSurrogate(text[length - 1])) length--;
        return text[..length];
    }
}
