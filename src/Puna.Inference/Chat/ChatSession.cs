using System.Text;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// A conversation with a model. With a chat template the model sees the whole of it; when it outgrows the context, the oldest exchanges are
/// forgotten, the system message never. Without a template each message is continued as text of its own. Not safe for use by several threads.
/// </summary>
public sealed class ChatSession
{
    private const int RoomForAnswer = 8; // an eighth of the context, at least
    private readonly TextGenerator _generator;
    private readonly ChatTemplate? _template;
    private readonly List<ChatTurn> _turns = [];
    private int _asked;

    /// <summary>A conversation that nobody has begun.</summary>
    /// <param name="generator">Of the model.</param>
    /// <param name="sampling">How tokens are chosen; each answer draws from the next seed.</param>
    /// <param name="limits">When to stop.</param>
    /// <param name="system">A system message, or null.</param>
    /// <exception cref="InvalidDataException">The model has a chat template that this build cannot run.</exception>
    public ChatSession(TextGenerator generator, SamplingOptions sampling, GenerationOptions limits, string? system = null)
    {
        (_generator, Sampling, Limits, System) = (generator, sampling, limits, system);
        _template = generator.Model.TemplateForChat();
    }

    /// <summary>Whether the model has a chat template.</summary>
    public bool HasTemplate => _template is not null;

    /// <summary>The system message, or null. A new one holds from the next answer on, and lets the conversation be computed again.</summary>
    public string? System { get; set; }

    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Sampling { get; set; }

    /// <summary>When an answer ends.</summary>
    public GenerationOptions Limits { get; set; }

    /// <summary>The conversation as the model will see it, without the system message.</summary>
    public IReadOnlyList<ChatTurn> Turns => _turns;

    /// <summary>Exchanges that were forgotten to make room for the latest answer.</summary>
    public int Forgotten { get; private set; }

    /// <summary>Positions of the context that the conversation took with the latest answer.</summary>
    public int UsedPositions { get; private set; }

    /// <summary>Forgets the conversation; the system message stays.</summary>
    public void Clear()
    {
        _turns.Clear();
        UsedPositions = 0;
    }

    /// <summary>Takes the last exchange back.</summary>
    /// <returns>What the user had said; null where nothing has been said.</returns>
    public string? Undo()
    {
        if (_turns.Count < 2) return null;
        var message = _turns[^2].Content;
        _turns.RemoveRange(_turns.Count - 2, 2);
        return message;
    }

    /// <summary>Takes up a conversation in place of this one.</summary>
    /// <param name="system">Its system message, or null.</param>
    /// <param name="turns">User and assistant in turn.</param>
    public void Restore(string? system, IReadOnlyList<ChatTurn> turns)
    {
        Clear();
        System = system;
        _turns.AddRange(turns);
    }

    /// <summary>Another answer to the last message, with the next seed, in place of the one it had.</summary>
    /// <exception cref="InvalidDataException">Nothing has been said yet; or as for <see cref="Ask"/>, and then nothing has changed.</exception>
    public IEnumerable<string> AskAgain(CancellationToken cancellation = default)
    {
        if (_turns.Count < 2) throw new InvalidDataException("nothing has been said yet");
        ChatTurn[] taken = [_turns[^2], _turns[^1]];
        Undo();
        try
        {
            return Ask(taken[0].Content, cancellation);
        }
        catch (InvalidDataException)
        {
            _turns.AddRange(taken);
            throw;
        }
    }

    /// <summary>The answer to a message, piece by piece. What was said before a cancellation counts as said.</summary>
    /// <param name="message">What the user says.</param>
    /// <param name="cancellation">Ends the answer after the present token.</param>
    /// <exception cref="InvalidDataException">The message by itself is too long for the context, or the template cannot hold it; it is not kept.</exception>
    public IEnumerable<string> Ask(string message, CancellationToken cancellation = default)
    {
        Forgotten = 0;
        var chosen = Sampling with { Seed = SampleSet.SeedOf(Sampling.Seed, _asked++) };
        if (!HasTemplate) return Counted(_generator.Stream(_generator.Encode(message), chosen, Limits, cancellation));
        var stops = Limits with { StopIds = _generator.AnswerEndIds(_template!) };
        _turns.Add(new ChatTurn("user", message));
        try
        {
            return Run(AnswerText.Trim(_generator.Stream(Fit(), chosen, stops, cancellation)));
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
            foreach (var piece in Counted(pieces))
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

    private IEnumerable<string> Counted(IEnumerable<string> pieces)
    {
        foreach (var piece in pieces) yield return piece;
        UsedPositions = _generator.Statistics.PromptTokens + _generator.Statistics.GeneratedTokens;
    }

    /// <summary>The conversation as ids; the oldest exchanges go until it leaves room for an answer.</summary>
    private int[] Fit()
    {
        var context = _generator.Generator.ContextLength;
        for (var first = 0; ; first += 2)
        {
            var turns = _turns.Skip(first);
            if (System is not null) turns = turns.Prepend(new ChatTurn("system", System));
            var ids = _template!.Encode(_generator.Model.Tokenizer!, [.. turns], addGenerationPrompt: true).Ids;
            var isLast = first + 2 >= _turns.Count;
            if (!isLast && ids.Length + Math.Max(1, context / RoomForAnswer) > context) continue;
            if (isLast && ids.Length >= context) throw new InvalidDataException($"the message takes {ids.Length} tokens and the context has {context}: say it in fewer words");
            _turns.RemoveRange(0, first);
            Forgotten = first / 2;
            return ids;
        }
    }
}
