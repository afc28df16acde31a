using System.Text;

namespace Puna.Inference;

/// <summary>An answer without the white space around it: what a chat template writes between turns is no part of what was said.</summary>
public static class AnswerText
{
    /// <summary>Passes the pieces on; leading white space is dropped, trailing white space held back until something follows it.</summary>
    public static IEnumerable<string> Trim(IEnumerable<string> pieces)
    {
        var (held, started) = (new StringBuilder(), false);
        foreach (var piece in pieces)
        {
            held.Append(piece);
            var text = held.ToString();
            if (!started) text = text.TrimStart();
            var ready = text.TrimEnd();
            if (ready.Length == 0) continue;
            started = true;
            held.Clear().Append(text.AsSpan(ready.Length));
            yield return ready;
        }
    }
}
