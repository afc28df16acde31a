using System.Text;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// A conversation with a model. With a chat template the model sees the whole of it; when it outgrows the context, the oldest exchanges are
/// forgotten, the system message never. Without a template each message is continued as text of its own. Not safe for use by several threads.
/// </summary>
/// <param name="generator">Of the model.</param>
/// <param name="sampling">How tokens are chosen; each answer draws from the next seed.</param>
/// <param name="limits">When to stop.</param>
/// <param name="system">A system message, or null.</param>
/// <exception cref="InvalidDataException">The model has a chat template that this build cannot run.</exception>
public sealed class ChatSession(TextGenerator generator, SamplingOptions sampling, GenerationOptions limits, string? system = null)
{
    private const int RoomForAnswer = 8; // an eighth of the context, at least
    private readonly ChatTemplate? _template = generator.Model.TemplateForChat();
    private readonly List<ChatTurn> _turns = [];
    private int _asked;

    /// <summary>Whether the model has a chat template.</summary>
    public bool HasTemplate => _template is not null;

    /// <summary>The conversation as the model will see it, without the system message.</summary>
    public IReadOnlyList<ChatTurn> Turns => _turns;

    /// <summary>Exchanges that were forgotten to make room for the latest answer.</summary>
    public int Forgotten { get; private set; }

    /// <summary>Forgets the conversation.</summary>
    public void Clear() => _turns.Clear();

    /// <summary>The answer to a message, piece by piece. What was said before a cancellation counts as said.</summary>
    /// <param name="message">What the user says.</param>
    /// <param name="cancellation">Ends the answer after the present token.</param>
    /// <exception cref="InvalidDataException">The message by itself is too long for the context, or the template cannot hold it; it is not kept.</exception>
    public IEnumerable<string> Ask(string message, CancellationToken cancellation = default)
    {
        Forgotten = 0;
        var chosen = sampling with { Seed = unchecked((sampling.Seed + _asked++) & long.MaxValue) };
        if (!HasTemplate) return generator.Stream(generator.Encode(message), chosen, limits, cancellation);
        var stops = limits with { StopIds = generator.AnswerEndIds(_template!) };
        _turns.Add(new ChatTurn("user", message));
        try
        {
            return Run(AnswerText.Trim(generator.Stream(Fit(), chosen, stops, cancellation)));
        }
        catch (InvalidDataException)
        {
            _turns.RemoveAt(_turns.Count - 1);
            throw;
        }
    }

    private IEnumerable<string> Run(IEnumerable<string> pieces)
    {
        var answer = new StringBuilder();
        try
        {
            foreach (var piece in pieces)
            {
                answer.Append(piece);
                yield return piece;
            }
        }
        finally
        {
            _turns.Add(new ChatTurn("assistant", answer.ToString()));
        }
    }

    /// <summary>The conversation as ids; the oldest exchanges go until it leaves room for an answer.</summary>
    private int[] Fit()
    {
        var context = generator.Generator.ContextLength;
        for (var first = 0; ; first += 2)
        {
            var turns = _turns.Skip(first);
            if (system is not null) turns = turns.Prepend(new ChatTurn("system", system));
            var ids = _template!.Encode(generator.Model.Tokenizer!, [.. turns], addGenerationPrompt: true).Ids;
            var isLast = first + 2 >= _turns.Count;
            if (!isLast && ids.Length + Math.Max(1, context / RoomForAnswer) > context) continue;
            if (isLast && ids.Length >= context) throw new InvalidDataException($"the message takes {ids.Length} tokens and the context has {context}: say it in fewer words");
            _turns.RemoveRange(0, first);
            Forgotten = first / 2;
            return ids;
        }
    }
}
