using System.Text;

namespace Puna.Inference;

/// <summary>
/// Finds stop strings in text that arrives in pieces, and never lets out any part of the one that ends it. However the text is cut into
/// pieces, what comes out is the text before the earliest match, or all of it if there is none. Earliest is meant by where a match starts:
/// a stop string that is complete waits while a longer one that began before it may still come true. Of those that start at
/// one place the shortest counts. Compares UTF-16 code units exactly. At most the longest stop string less one character is held back.
/// </summary>
public sealed class StopSequences
{
    private readonly string[] _stops;
    private readonly StringBuilder _held = new();

    /// <summary>Creates a filter for one text.</summary>
    /// <param name="stops">The stop strings; with none all text passes at once.</param>
    /// <exception cref="InvalidDataException">A stop string is empty.</exception>
    public StopSequences(IEnumerable<string> stops)
    {
        _stops = [.. stops.OrderBy(stop => stop.Length)];
        if (_stops is [{ Length: 0 }, ..]) throw new InvalidDataException("A stop string must not be empty: it would match everywhere.");
    }

    /// <summary>The stop string that ended the text, or null as long as none did.</summary>
    public string? Matched { get; private set; }

    /// <summary>Takes the next piece of text.</summary>
    /// <returns>What may be shown now: nothing while it could belong to a stop string, nothing for text after a match.</returns>
    public string Push(ReadOnlySpan<char> piece)
    {
        if (Matched is not null) return "";
        _held.Append(piece);
        return Release(isEnd: false);
    }

    /// <summary>Says that the text has ended, so that what only began like a stop string is let out.</summary>
    /// <returns>The rest that may be shown. <see cref="Matched"/> may be set by this call.</returns>
    public string Finish() => Matched is null ? Release(isEnd: true) : "";

    /// <summary>Forgets everything but the stop strings, for the next text.</summary>
    public void Reset()
    {
        _held.Clear();
        Matched = null;
    }

    private string Release(bool isEnd)
    {
        var text = _held.ToString();
        _held.Clear();
        for (var start = 0; start < text.Length; start++)
        {
            var rest = text.AsSpan(start);
            var mayBegin = false;
            foreach (var stop in _stops)
            {
                if (rest.StartsWith(stop, StringComparison.Ordinal)) Matched = stop;
                if (Matched is not null) return text[..start];
                mayBegin |= !isEnd && stop.AsSpan().StartsWith(rest, StringComparison.Ordinal);
            }
            if (!mayBegin) continue;
            _held.Append(rest);
            return text[..start];
        }
        return text;
    }
}
