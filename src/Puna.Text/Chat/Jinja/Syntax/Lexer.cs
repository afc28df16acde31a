using System.Text;

namespace Puna.Text.Jinja;

/// <summary>What happens to white space around tags; Hugging Face switches both on.</summary>
/// <param name="TrimBlocks">The line end after a statement or comment is dropped.</param>
/// <param name="LstripBlocks">The white space before a statement or comment that begins a line is dropped.</param>
internal readonly record struct JinjaWhitespace(bool TrimBlocks, bool LstripBlocks)
{
    public static JinjaWhitespace HuggingFace { get; } = new(true, true);
}

/// <summary>A template as words. Source of the rules: the template designer documentation of Jinja 3.1, and its behaviour.</summary>
internal sealed class Lexer(SourceText source, JinjaWhitespace whitespace)
{
    private const int LongestName = 256;
    private static readonly string[] LongOperators = ["//", "**", "==", "!=", ">=", "<="];
    private readonly string _text = source.Text;
    private readonly List<Token> _tokens = [];
    private readonly Stack<char> _open = new();
    private int _position;
    private bool _isLineStart = true;

    public List<Token> Run()
    {
        while (NextTag(out var tag))
        {
            var sign = At(tag + 2) is var c and ('-' or '+') ? c : ' ';
            AddData(tag, sign, isPrint: _text[tag + 1] == '{');
            _position = tag + (sign == ' ' ? 2 : 3);
            if (_text[tag + 1] == '#') SkipComment(tag);
            else if (_text[tag + 1] == '%' && IsRaw(out var after)) Raw(tag, after);
            else Tag(tag, isPrint: _text[tag + 1] == '{');
        }
        if (_position < _text.Length) _tokens.Add(new Token(TokenKind.Data, _text[_position..], _position));
        _tokens.Add(new Token(TokenKind.End, "", _text.Length));
        return _tokens;
    }

    private char At(int position) => position < _text.Length ? _text[position] : '\0';

    private bool NextTag(out int tag)
    {
        for (tag = _position; ; tag++)
        {
            tag = tag < _text.Length ? _text.IndexOf('{', tag) : -1;
            if (tag < 0) return false;
            if (At(tag + 1) is '{' or '%' or '#') return true;
        }
    }

    private void AddData(int end, char sign, bool isPrint)
    {
        var data = _text.AsSpan(_position, end - _position);
        if (sign == '-') data = PythonText.TrimEnd(data);
        else if (sign != '+' && whitespace.LstripBlocks && !isPrint)
        {
            var line = data.LastIndexOf('\n') + 1;
            if ((line > 0 || _isLineStart) && PythonText.Trim(data[line..]).IsEmpty) data = data[..line];
        }
        if (!data.IsEmpty) _tokens.Add(new Token(TokenKind.Data, data.ToString(), _position));
    }

    private void SkipComment(int tag)
    {
        var end = _text.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0) throw source.Error(tag, "the comment that begins here has no end; close it with #}");
        EndOfBlock(end > _position && _text[end - 1] is '-' or '+' ? _text[end - 1] : ' ', end + 2);
    }

    /// <summary>Goes behind a tag that is no print: '-' takes all white space with it, otherwise trim_blocks takes a line end, and '+' forbids that.</summary>
    private void EndOfBlock(char sign, int end)
    {
        _position = end;
        if (sign == '-') SkipSpace();
        else if (sign != '+' && whitespace.TrimBlocks && At(_position) == '\n') _position++;
        _isLineStart = _text[_position - 1] == '\n';
    }

    private void SkipSpace()
    {
        while (_position < _text.Length && PythonText.IsSpace(_text[_position])) _position++;
    }

    private bool IsRaw(out int after)
    {
        after = _position;
        while (PythonText.IsSpace(At(after))) after++;
        if (!_text.AsSpan(Math.Min(after, _text.Length)).StartsWith("raw")) return false;
        after += 3;
        while (PythonText.IsSpace(At(after))) after++;
        return At(after) == '%' && At(after + 1) == '}' || At(after) == '-' && At(after + 1) == '%' && At(after + 2) == '}';
    }

    private void Raw(int tag, int after)
    {
        _position = after + 2;
        if (_text[after] == '-')
        {
            _position++;
            SkipSpace();
        }
        for (var start = _position; (start = _text.IndexOf("{%", start, StringComparison.Ordinal)) >= 0; start += 2)
        {
            var at = start + 2;
            var sign = At(at) is var c and ('-' or '+') ? c : ' ';
            if (sign != ' ') at++;
            while (PythonText.IsSpace(At(at))) at++;
            if (!_text.AsSpan(Math.Min(at, _text.Length)).StartsWith("endraw")) continue;
            at += 6;
            while (PythonText.IsSpace(At(at))) at++;
            var endSign = At(at) is var e and ('-' or '+') ? e : ' ';
            if (endSign != ' ') at++;
            if (At(at) != '%' || At(at + 1) != '}') continue;
            _isLineStart = false;
            AddData(start, sign, isPrint: false);
            EndOfBlock(endSign, at + 2);
            return;
        }
        throw source.Error(tag, "the raw block that begins here has no end; close it with {% endraw %}");
    }

    private void Tag(int tag, bool isPrint)
    {
        _tokens.Add(new Token(isPrint ? TokenKind.PrintBegin : TokenKind.BlockBegin, "", tag));
        _open.Clear();
        while (true)
        {
            SkipSpace();
            if (_position >= _text.Length) throw source.Error(tag, $"the tag that begins here has no end; close it with {(isPrint ? "}}" : "%}")}");
            if (_open.Count == 0 && EndOfTag(isPrint)) return;
            Word();
        }
    }

    private bool EndOfTag(bool isPrint)
    {
        var c = _text[_position];
        var sign = c == '-' || c == '+' && !isPrint ? c : ' ';
        var at = sign == ' ' ? _position : _position + 1;
        if (At(at) != (isPrint ? '}' : '%') || At(at + 1) != '}') return false;
        _tokens.Add(new Token(isPrint ? TokenKind.PrintEnd : TokenKind.BlockEnd, "", _position));
        if (!isPrint)
        {
            EndOfBlock(sign, at + 2);
            return true;
        }
        _position = at + 2;
        if (sign == '-') SkipSpace();
        _isLineStart = _text[_position - 1] == '\n';
        return true;
    }

    private void Word()
    {
        var (start, c) = (_position, _text[_position]);
        if (c is '\'' or '"') _tokens.Add(new Token(TokenKind.String, StringLiteral(c), start));
        else if (char.IsAsciiDigit(c)) Number();
        else if (IsNameStart(c))
        {
            while (IsNameStart(At(_position)) || char.IsDigit(At(_position))) _position++;
            if (_position - start > LongestName) throw source.Error(start, $"a name of {_position - start} characters begins here; at most {LongestName} are read");
            _tokens.Add(new Token(TokenKind.Name, _text[start.._position], start));
        }
        else Operator(c);
    }

    private static bool IsNameStart(char c) => c == '_' || char.IsLetter(c);

    private void Operator(char c)
    {
        var symbol = Array.Find(LongOperators, op => string.CompareOrdinal(_text, _position, op, 0, 2) == 0) ?? c.ToString();
        if (symbol.Length == 1 && !"+-*/%~[](){}<>=.:|,;".Contains(c)) throw source.Error(_position, $"the character '{c}' has no meaning inside a tag");
        if (c is '(' or '[' or '{') _open.Push(c == '(' ? ')' : c == '[' ? ']' : '}');
        else if (c is ')' or ']' or '}' && (!_open.TryPop(out var expected) || expected != c))
            throw source.Error(_position, $"'{c}' closes nothing that was opened");
        _tokens.Add(new Token(TokenKind.Operator, symbol, _position));
        _position += symbol.Length;
    }

    private void Number()
    {
        var start = _position;
        var kind = TokenKind.Integer;
        if (_text[start] == '0' && char.ToLowerInvariant(At(start + 1)) is 'x' or 'o' or 'b')
        {
            _position += 2;
            while (char.IsAsciiHexDigit(At(_position)) || At(_position) == '_') _position++;
        }
        else
        {
            Digits();
            if (At(_position) == '.' && char.IsAsciiDigit(At(_position + 1)))
            {
                kind = TokenKind.Float;
                _position++;
                Digits();
            }
            var sign = At(_position + 1) is '+' or '-' ? 1 : 0;
            if (At(_position) is 'e' or 'E' && char.IsAsciiDigit(At(_position + 1 + sign)))
            {
                kind = TokenKind.Float;
                _position += 1 + sign;
                Digits();
            }
        }
        _tokens.Add(new Token(kind, _text[start.._position].Replace("_", ""), start));
    }

    private void Digits()
    {
        while (char.IsAsciiDigit(At(_position)) || At(_position) == '_' && char.IsAsciiDigit(At(_position + 1))) _position++;
    }

    private string StringLiteral(char quote)
    {
        var start = _position++;
        var text = new StringBuilder();
        while (true)
        {
            if (_position >= _text.Length) throw source.Error(start, "the string that begins here has no end");
            var c = _text[_position++];
            if (c == quote) return text.ToString();
            if (c == '\\' && _position < _text.Length) Escape(text);
            else text.Append(c);
        }
    }

    private void Escape(StringBuilder text)
    {
        var c = _text[_position++];
        var plain = "abfnrtv\\'\"".IndexOf(c);
        if (plain >= 0) text.Append("\a\b\f\n\r\t\v\\'\""[plain]);
        else if (c is 'x' or 'u' or 'U') text.Append(Rune(c == 'x' ? 2 : c == 'u' ? 4 : 8));
        else if (c is >= '0' and <= '7')
        {
            var value = c - '0';
            for (var more = 0; more < 2 && At(_position) is >= '0' and <= '7'; more++) value = value * 8 + (_text[_position++] - '0');
            text.Append((char)value);
        }
        else if (c != '\n') text.Append('\\').Append(c);
    }

    private string Rune(int digits)
    {
        if (_position + digits > _text.Length || !int.TryParse(_text.AsSpan(_position, digits), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var code) || code is < 0 or > 0x10ffff)
            throw source.Error(_position - 2, $"an escape with {digits} hexadecimal digits was begun here and is not complete");
        _position += digits;
        return code is >= 0xd800 and <= 0xdfff ? ((char)code).ToString() : char.ConvertFromUtf32(code);
    }
}
