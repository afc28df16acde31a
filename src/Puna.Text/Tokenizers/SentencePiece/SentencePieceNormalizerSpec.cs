namespace Puna.Text;

/// <summary>
/// What is done to text before it is cut into pieces, as the model file says; a value that the file leaves out has the format's default.
/// Field numbers: google/sentencepiece, src/sentencepiece_model.proto, message NormalizerSpec.
/// </summary>
public sealed class SentencePieceNormalizerSpec
{
    private readonly string name;

    internal SentencePieceNormalizerSpec(ProtoMessage message, string name) => (Message, this.name) = (message, name);

    internal ProtoMessage Message { get; }

    /// <summary>Name of the character rules, for example <c>identity</c> or <c>nmt_nfkc</c>. Only a label: the rules are in <see cref="CharsMap"/>.</summary>
    public string Name { get => Message.GetString(1, name) ?? ""; set => Message.Set(1, value); }

    /// <summary>The character rules as the file stores them (<c>precompiled_charsmap</c>: length, double-array trie, replacements); empty for none.</summary>
    public byte[] CharsMap { get => Message.GetBytes(2, name) ?? []; set => Message.Set(2, value); }

    /// <summary>Whether a space is put before every text.</summary>
    public bool AddDummyPrefix { get => Flag(3); set => SetFlag(3, value); }

    /// <summary>Whether leading, trailing and doubled spaces are removed.</summary>
    public bool RemoveExtraWhitespaces { get => Flag(4); set => SetFlag(4, value); }

    /// <summary>Whether a space is written as U+2581.</summary>
    public bool EscapeWhitespaces { get => Flag(5); set => SetFlag(5, value); }

    internal void Check() => _ = (Name, CharsMap.Length, AddDummyPrefix, RemoveExtraWhitespaces, EscapeWhitespaces);

    private bool Flag(int field) => Message.GetInteger(field, 1, name) != 0;

    private void SetFlag(int field, bool value) => Message.Set(field, value ? 1L : 0L);
}
