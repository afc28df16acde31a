namespace Puna.Text;

/// <summary>What <see cref="Tokenizer.Encode(string, EncodeOptions)"/> does beyond turning text into ids. The default does nothing more.</summary>
/// <param name="AddBos">Put the begin-of-sequence id first, where the tokenizer has one.</param>
/// <param name="AddEos">Put the end-of-sequence id last, where the tokenizer has one.</param>
/// <param name="ParseSpecial">Turn control symbols spelled out in the text, such as <c>&lt;/s&gt;</c>, into their ids. Never switch this on
/// for text a user wrote: it could then close its own turn and speak as somebody else. Each stretch between two control symbols is
/// encoded as a text of its own, so a tokenizer that puts a space before a text puts one before every stretch (as llama.cpp does).</param>
public readonly record struct EncodeOptions(bool AddBos = false, bool AddEos = false, bool ParseSpecial = false);
