using Puna.Text.Jinja;

namespace Puna.Text;

/// <summary>
/// A rendered conversation as ids. A control symbol's spelling means the symbol only where the template wrote every letter of it; in a message it is plain
/// text. Text between two symbols is encoded as one, except that answers begin and end a piece of their own: so the ids of a prompt are the beginning of
/// the ids of prompt and answer.
/// </summary>
internal static class ChatEncoder
{
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="text">What the template wrote.</param>
    /// <param name="answers">What of it the assistant says, first to last.</param>
    /// <param name="begin">Put first, unless the template wrote it anywhere itself; null for nothing.</param>
    public static EncodedChat Encode(Tokenizer tokenizer, TextValue text, IReadOnlyList<Range> answers, int? begin)
    {
        var symbols = Symbols(tokenizer, text).ToList();
        var chat = new EncodedChat.Builder(tokenizer);
        if (text.Text.Length > 0 && !symbols.Exists(symbol => symbol.Id == begin)) chat.Add(begin);
        var cuts = Cuts(tokenizer, text, symbols, answers);
        var (next, answer, before) = (0, 0, 0);
        for (var i = 0; i + 1 < cuts.Count; i++)
        {
            var (start, end) = (cuts[i], cuts[i + 1]);
            while (answer < answers.Count && answers[answer].End.Value <= start) answer++;
            var isAnswer = answer < answers.Count && answers[answer].Start.Value <= start;
            if (next < symbols.Count && symbols[next].Start == start)
            {
                chat.Add(symbols[next++].Id, isAnswer);
                before = 0;
            }
            else before += chat.Add(text.Text.AsSpan(start, end - start), continuation: before > 0, isAnswer);
        }
        return chat.Build();
    }

    /// <summary>The control symbols that the template wrote, first to last.</summary>
    public static IEnumerable<(int Start, int Length, int Id)> Symbols(Tokenizer tokenizer, TextValue text)
    {
        foreach (var own in text.Where(mark => mark.IsTemplate))
        {
            for (var at = own.Start.Value; tokenizer.ControlSymbols.Next(text.Text.AsSpan(at..own.End.Value), out var start, out var length); at += start + length)
            {
                tokenizer.TryGetId(text.Text.Substring(at + start, length), out var id);
                yield return (at + start, length, id);
            }
        }
    }

    private static List<int> Cuts(Tokenizer tokenizer, TextValue text, List<(int Start, int Length, int Id)> symbols, IReadOnlyList<Range> answers)
    {
        var cuts = new SortedSet<int> { 0, text.Text.Length };
        foreach (var answer in answers)
        {
            cuts.Add(answer.Start.Value);
            cuts.Add(answer.End.Value);
        }
        foreach (var cut in Borrowed(tokenizer, text)) cuts.Add(cut);
        foreach (var (start, length, _) in symbols)
        {
            cuts.ExceptWith(cuts.GetViewBetween(start, start + length).ToArray());
            cuts.Add(start);
            cuts.Add(start + length);
        }
        return [.. cuts];
    }

    /// <summary>
    /// Places inside symbols that a message spells and the template uses, where the symbol is one that text can become (of the type user-defined): cut there,
    /// it is encoded as the letters it is made of.
    /// </summary>
    private static IEnumerable<int> Borrowed(Tokenizer tokenizer, TextValue text)
    {
        if (tokenizer.UserSymbols is not { IsEmpty: false } matcher) yield break;
        var own = new HashSet<string>();
        var given = new List<(int Start, string Symbol)>();
        // The vocabulary writes a space as U+2581.
        var spelled = text.Text.Replace(' ', '\u2581');
        for (var at = 0; matcher.Next(spelled.AsSpan(at), out var start, out var length); at += start + length)
        {
            var symbol = spelled.Substring(at + start, length);
            if (string.IsNullOrWhiteSpace(symbol.Replace('\u2581', ' '))) continue;
            if (IsTemplate(text, at + start, length)) own.Add(symbol);
            else given.Add((at + start, symbol));
        }
        foreach (var (start, symbol) in given)
            if (own.Contains(symbol)) yield return start + (symbol[0] == '\u2581' ? 2 : 1);
    }

    private static bool IsTemplate(TextValue text, int start, int length)
    {
        for (var i = start; i < start + length; i++)
            if (!text.MarkAt(i).IsTemplate) return false;
        return true;
    }
}
