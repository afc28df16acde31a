using Puna.Text.Jinja;

namespace Puna.Text;

/// <summary>
/// What of a rendered conversation the assistant says. A template that marks it with <c>generation</c> blocks is believed. For any other, an answer begins
/// where the prompt rendered without it ends, and ends with the first control symbol behind its content; where a template writes the past otherwise than
/// it wrote the prompt, an answer begins with its content.
/// </summary>
internal static class AnswerSpans
{
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="text">The whole conversation, rendered.</param>
    /// <param name="turns">Its turns.</param>
    /// <param name="render">Renders the first turns, with or without the beginning of an answer; null where the template refuses them.</param>
    /// <returns>The stretches, first to last, none within another.</returns>
    public static List<Range> Find(Tokenizer tokenizer, TextValue text, IReadOnlyList<ChatTurn> turns, Func<int, bool, string?> render)
    {
        var marked = text.Where(mark => mark.IsAnswer);
        if (marked.Count > 0) return marked;
        var answers = new List<Range>();
        var symbols = ChatEncoder.Symbols(tokenizer, text).ToList();
        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i].Role != "assistant") continue;
            var content = text.Where(mark => mark.Source == i + 1);
            var (first, last) = content.Count > 0 ? (content[0].Start.Value, content[^1].End.Value) : (-1, -1);
            var prompt = Shared(text, render(i, true));
            var start = prompt >= 0 && (first < 0 || prompt <= first) ? prompt : first;
            if (start < 0 || answers.Count > 0 && start < answers[^1].End.Value) continue;
            last = Math.Max(last, start);
            var whole = Shared(text, i + 1 == turns.Count ? text.Text : render(i + 1, false));
            var end = End(text, symbols, last, whole >= last ? whole : text.Text.Length);
            if (end < 0) end = whole >= last ? whole : last;
            if (end > start) answers.Add(start..end);
        }
        return answers;
    }

    /// <summary>The length of a text with which the whole begins, or -1.</summary>
    private static int Shared(TextValue whole, string? beginning) => beginning is not null && whole.Text.StartsWith(beginning, StringComparison.Ordinal) ? beginning.Length : -1;

    /// <summary>The end of the first symbol behind an answer's content, with nothing but the template's white space before it; or -1.</summary>
    private static int End(TextValue text, List<(int Start, int Length, int Id)> symbols, int from, int limit)
    {
        var next = symbols.FindIndex(symbol => symbol.Start >= from);
        if (next < 0 || symbols[next].Start + symbols[next].Length > limit) return -1;
        return text.Text.AsSpan(from..symbols[next].Start).IsWhiteSpace() ? symbols[next].Start + symbols[next].Length : -1;
    }
}
