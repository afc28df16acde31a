using System.Text;

namespace Puna.Text;

/// <summary>
/// Turns ids into text one by one, for showing text while it is generated. What is returned never ends inside a character: the bytes of
/// an unfinished one wait for the next id. All that was returned, joined, equals <see cref="Tokenizer.Decode"/> of all ids.
/// One decoder serves one sequence; it is not safe for two threads at once.
/// </summary>
public abstract class StreamingDecoder
{
    private readonly StringBuilder ready = new();

    /// <summary>Takes the next id.</summary>
    /// <param name="id">An id of the tokenizer.</param>
    /// <returns>The text that became ready, often one piece, empty while a character is unfinished or for a control symbol.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Append(int id)
    {
        ready.Clear();
        Append(id, ready);
        return ready.ToString();
    }

    /// <summary>Ends the sequence. The decoder may then start on a new one.</summary>
    /// <returns>What was held back; the bytes of an unfinished character become U+FFFD.</returns>
    public string Flush()
    {
        ready.Clear();
        Flush(ready);
        return ready.ToString();
    }

    /// <summary>As <see cref="Append(int)"/>, added to a builder.</summary>
    /// <param name="id">An id of the tokenizer.</param>
    /// <param name="output">Receives the text that became ready.</param>
    protected internal abstract void Append(int id, StringBuilder output);

    /// <summary>As <see cref="Flush()"/>, added to a builder.</summary>
    /// <param name="output">Receives the text that was held back.</param>
    protected internal abstract void Flush(StringBuilder output);
}
