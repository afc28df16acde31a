using System.Text;

namespace Puna.Text.Jinja;

/// <summary>Puts marked text together. Every character is paid for, so no template can build more than its budget.</summary>
internal sealed class TextBuilder(Machine machine)
{
    private readonly StringBuilder _text = new();
    private readonly List<MarkRun> _runs = [];

    public int Length => _text.Length;

    public TextBuilder Append(ReadOnlySpan<char> text, Mark mark = default)
    {
        if (text.IsEmpty) return this;
        machine.ChargeText(text.Length, _text.Length);
        _text.Append(text);
        Extend(mark);
        return this;
    }

    public TextBuilder Append(TextValue value) => Append(value, 0, value.Text.Length);

    /// <summary>Appends UTF-16 units of a text with their marks.</summary>
    public TextBuilder Append(TextValue value, int start, int length, bool asAnswer = false)
    {
        if (length <= 0) return this;
        machine.ChargeText(length, _text.Length);
        var (offset, end) = (_text.Length - start, start + length);
        _text.Append(value.Text, start, length);
        for (var i = value.RunAt(start); i < value.Runs.Length; i++)
        {
            var run = value.Runs[i];
            var mark = asAnswer ? run.Mark with { IsAnswer = true } : run.Mark;
            Extend(mark, Math.Min(run.End, end) + offset);
            if (run.End >= end) return this;
        }
        Extend(new Mark(0, asAnswer));
        return this;
    }

    public TextValue ToValue(bool isSafe = false)
    {
        if (_text.Length == 0) return isSafe ? new TextValue("", null, true) : TextValue.Empty;
        return new TextValue(_text.ToString(), _runs is [{ Mark: var only }] && only == default ? null : [.. _runs], isSafe);
    }

    private void Extend(Mark mark) => Extend(mark, _text.Length);

    private void Extend(Mark mark, int end)
    {
        if (_runs.Count > 0 && _runs[^1].Mark == mark) _runs[^1] = new MarkRun(end, mark);
        else if (_runs.Count == 0 || _runs[^1].End < end) _runs.Add(new MarkRun(end, mark));
    }
}
