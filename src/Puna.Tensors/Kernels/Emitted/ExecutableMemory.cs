namespace Puna.Tensors;

/// <summary>Whether this process may run code that it wrote, found out by trying: a page with a single return instruction.</summary>
internal static unsafe class ExecutableMemory
{
    private const int Bytes = 64;
    private const byte Return = 0xC3;

    /// <summary>Takes the right to write to a page and gives the right to execute it: <see cref="CodePage.Seal"/>.</summary>
    internal delegate void Sealing(byte* page, int bytes);

    /// <summary>Why not; null where it may.</summary>
    public static string? Problem { get; } = Try(CodePage.Seal);

    /// <summary>Tries it.</summary>
    /// <param name="seal">How a page is made executable; the system's refusal is an <see cref="InvalidOperationException"/>.</param>
    internal static string? Try(Sealing seal)
    {
        try
        {
            var page = CodePage.Allocate(Bytes);
            *page = Return;
            seal(page, Bytes);
            ((delegate* unmanaged<void*, void>)page)(null);
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or DllNotFoundException or EntryPointNotFoundException)
        {
            return e.Message;
        }
    }
}
