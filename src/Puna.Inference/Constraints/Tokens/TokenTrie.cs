using System.Runtime.CompilerServices;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// The text of every token of a vocabulary, as a tree of bytes in preorder: a walk over it is a loop over arrays that jumps where nothing fits. Tokens without text
/// are not in it; those that steer have a code that only a grammar which names them can read (<see cref="SymbolCode"/>). Never changes.
/// </summary>
internal sealed class TokenTrie
{
    private static readonly ConditionalWeakTable<Tokenizer, TokenTrie> Known = [];
    private readonly List<byte> _labels = [];
    private readonly List<int> _depths = [], _ends = [], _tokens = [];
    private readonly int[] _same;
    private readonly byte[][] _texts;
    private readonly Tokenizer _tokenizer;
    private readonly int _probe = -1;

    private TokenTrie(Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        _texts = new byte[tokenizer.VocabularySize][];
        for (var id = 0; id < _texts.Length; id++) _texts[id] = tokenizer.IsControl(id) || id == tokenizer.UnknownId ? [] : tokenizer.TextBytes(id);
        var hasAllBytes = HasAllBytes();
        if (!hasAllBytes)
        {
            // half a character could never be completed for sure
            for (var id = 0; id < _texts.Length; id++)
                if (!System.Text.Unicode.Utf8.IsValid(_texts[id])) _texts[id] = [];
            Spellable = CharacterSet.Of(_texts.Where(IsOneCharacter).Select(text => System.Text.Encoding.UTF8.GetString(text)).Select(text => char.ConvertToUtf32(text, 0)).Select(value => (value, value)));
        }
        for (var id = 0; id < _texts.Length && _probe < 0; id++)
            if (_texts[id].Length > 1 && _texts[id][0] == ' ' && System.Text.Unicode.Utf8.IsValid(_texts[id]) && !AtStart(id).SequenceEqual(_texts[id])) _probe = id;
        for (var id = 0; id < _texts.Length; id++)
        {
            if (tokenizer.IsControl(id) && id != tokenizer.UnknownId) _texts[id] = SymbolCode.Of(id);
            else if (_texts[id].AsSpan().Contains(SymbolCode.Mark)) _texts[id] = []; // a byte that no text has
        }
        _same = new int[_texts.Length];
        Array.Fill(_same, -1);
        Build();
        (Labels, Depths, Ends, Tokens) = ([.. _labels], [.. _depths], [.. _ends], [.. _tokens]);
        (_labels, _depths, _ends, _tokens) = ([], [], [], []);
    }

    /// <summary>V.</summary>
    public int VocabularySize => _texts.Length;

    /// <summary>Nodes without the root.</summary>
    public int Count => Labels.Length;

    /// <summary>The byte that leads to each node.</summary>
    public byte[] Labels { get; }

    /// <summary>Bytes from the root to each node: 1 for the root's children.</summary>
    public int[] Depths { get; }

    /// <summary>The first node behind each node's descendants.</summary>
    public int[] Ends { get; }

    /// <summary>The token whose text ends at each node, -1 for none; others with the same text by <see cref="NextSame"/>.</summary>
    public int[] Tokens { get; }

    /// <summary>Bytes of the longest token.</summary>
    public int Height { get; private set; }

    /// <summary>The characters that can be written one by one; null for all.</summary>
    public CharacterSet? Spellable { get; }

    /// <summary>The tree of a tokenizer, made once for each.</summary>
    public static TokenTrie Of(Tokenizer tokenizer) => Known.GetValue(tokenizer, static one => new TokenTrie(one));

    /// <summary>The text of a token in the middle of a text, or a control symbol's code; empty for one that may not occur.</summary>
    public ReadOnlySpan<byte> Text(int id) => _texts[id];

    /// <summary>Another token with the same text, -1 for none.</summary>
    public int NextSame(int token) => _same[token];

    /// <summary>The text of a token that begins a text: SentencePiece drops a space there.</summary>
    public ReadOnlySpan<byte> TextAtStart(int id) => _texts[id] is [] or [SymbolCode.Mark, ..] ? _texts[id] : AtStart(id);

    /// <summary>Whether a token after these would begin the text, and lose its space.</summary>
    public bool IsAtStart(ReadOnlySpan<int> prompt)
    {
        if (_probe < 0) return false;
        var decoder = _tokenizer.CreateDecoder();
        foreach (var id in prompt) decoder.Append(id);
        return decoder.Append(_probe) + decoder.Flush() == System.Text.Encoding.UTF8.GetString(AtStart(_probe));
    }

    private byte[] AtStart(int id) => _tokenizer.TextBytes(id, atStart: true);

    private static bool IsOneCharacter(byte[] text) => text.Length > 0 && System.Text.Rune.DecodeFromUtf8(text, out _, out var used) == System.Buffers.OperationStatus.Done && used == text.Length;

    private bool HasAllBytes()
    {
        var has = new bool[256];
        foreach (var text in _texts)
            if (text.Length == 1) has[text[0]] = true;
        // 0xC0, 0xC1 and 0xF5 to 0xFF are in no UTF-8
        return Enumerable.Range(0, 0xF5).All(value => has[value] || value is 0xC0 or 0xC1);
    }

    private void Build()
    {
        var order = Enumerable.Range(0, _texts.Length).Where(id => _texts[id].Length > 0).ToArray();
        Array.Sort(order, (a, b) => _texts[a].AsSpan().SequenceCompareTo(_texts[b]) is var by and not 0 ? by : a.CompareTo(b));
        var (path, before) = (new List<int>(), Array.Empty<byte>());
        foreach (var id in order)
        {
            var text = _texts[id];
            if (text.AsSpan().SequenceEqual(before))
            {
                _same[id] = _tokens[path[^1]];
                _tokens[path[^1]] = id;
                continue;
            }
            var shared = text.AsSpan().CommonPrefixLength(before);
            Close(path, shared);
            for (var depth = shared; depth < text.Length; depth++)
            {
                path.Add(_labels.Count);
                _labels.Add(text[depth]);
                _depths.Add(depth + 1);
                _ends.Add(0);
                _tokens.Add(-1);
            }
            _tokens[^1] = id;
            Height = Math.Max(Height, text.Length);
            before = text;
        }
        Close(path, 0);
    }

    private void Close(List<int> path, int depth)
    {
        while (path.Count > depth)
        {
            _ends[path[^1]] = _labels.Count;
            path.RemoveAt(path.Count - 1);
        }
    }
}
