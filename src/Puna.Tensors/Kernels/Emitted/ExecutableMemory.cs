namespace Puna.Tensors;

/// <summary>Whether this process may run code that it wrote, found out by trying: a page with a single return instruction.</summary>
internal static unsafe class ExecutableMemory
{
    private const int Bytes = 64;
    private const byte Return = 0xC3;

    /// <summary>Why not; null where it may.</summary>
    public static string? Problem { get; } = Try();

    private static string? Try()
    {
        try
        {
            var page = CodePage.Allocate(Bytes);
            *page = Return;
            CodePage.Seal(page, Bytes);
            ((delegate* unmanaged<void*, void>)page)(null);
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or DllNotFoundException or EntryPointNotFoundException)
        {
            return e.Message;
        }
    }
}
