using System.Text;

namespace Puna.Inference;

/// <summary>An answer without the white space around it: what a chat template writes between turns is no part of what was said.</summary>
public sealed class AnswerText
{
    private readonly StringBuilder _held = new();
    private bool _started;

    /// <summary>Passes the pieces on; leading white space is dropped, trailing white space held back until something follows it.</summary>
    public static IEnumerable<string> Trim(IEnumerable<string> pieces)
    {
        var answer = new AnswerText();
        foreach (var piece in pieces)
        {
            var ready = answer.Push(piece);
            if (ready.Length > 0) yield return ready;
        }
    }

    /// <summary>Takes the next piece.</summary>
    /// <returns>What may be shown now; empty where that is nothing.</returns>
    public string Push(string piece)
    {
        _held.Append(piece);
        var text = _held.ToString();
        if (!_started) text = text.TrimStart();
        var ready = text.TrimEnd();
        if (ready.Length == 0) return "";
        _started = true;
        _held.Clear().Append(text.AsSpan(ready.Length));
        return ready;
    }
}
