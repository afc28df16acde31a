namespace Puna.Cli.Terminal;

/// <summary>What a key does to a line.</summary>
internal enum LineEdit
{
    None, Insert, Accept, Drop, EndOfInput, Left, Right, WordLeft, WordRight, Home, End, Earlier, Later, DeleteLeft, DeleteRight, DeleteWord, DeleteToHome, DeleteToEnd, ClearScreen,
}

/// <summary>The keys of shells (those of Emacs), and those that keyboards have for the same.</summary>
internal static class LineEdits
{
    public static LineEdit Of(ConsoleKeyInfo key)
    {
        var (control, alt) = (key.Modifiers.HasFlag(ConsoleModifiers.Control), key.Modifiers.HasFlag(ConsoleModifiers.Alt));
        return key switch
        {
            { Key: ConsoleKey.LeftArrow } => control || alt ? LineEdit.WordLeft : LineEdit.Left,
            { Key: ConsoleKey.RightArrow } => control || alt ? LineEdit.WordRight : LineEdit.Right,
            { Key: ConsoleKey.UpArrow } or { KeyChar: '\u0010' } => LineEdit.Earlier,
            { Key: ConsoleKey.DownArrow } or { KeyChar: '\u000e' } => LineEdit.Later,
            { Key: ConsoleKey.Home } or { KeyChar: '\u0001' } => LineEdit.Home,
            { Key: ConsoleKey.End } or { KeyChar: '\u0005' } => LineEdit.End,
            { Key: ConsoleKey.Delete } => LineEdit.DeleteRight,
            { Key: ConsoleKey.Backspace } or { KeyChar: '\b' or '\u007f' } => alt ? LineEdit.DeleteWord : LineEdit.DeleteLeft,
            { Key: ConsoleKey.Enter } or { KeyChar: '\r' or '\n' } => LineEdit.Accept,
            { KeyChar: '\u0002' } => LineEdit.Left,
            { KeyChar: '\u0006' } => LineEdit.Right,
            { KeyChar: '\u0003' } => LineEdit.Drop,
            { KeyChar: '\u0004' } => LineEdit.EndOfInput,
            { KeyChar: '\u000b' } => LineEdit.DeleteToEnd,
            { KeyChar: '\u000c' } => LineEdit.ClearScreen,
            { KeyChar: '\u0015' } => LineEdit.DeleteToHome,
            { KeyChar: '\u0017' } => LineEdit.DeleteWord,
            { KeyChar: 'b' } when alt => LineEdit.WordLeft,
            { KeyChar: 'f' } when alt => LineEdit.WordRight,
            _ => alt || char.IsControl(key.KeyChar) ? LineEdit.None : LineEdit.Insert,
        };
    }
}
