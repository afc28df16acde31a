using System.Globalization;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Pages with code are never writable and executable at once, and a system that refuses them is told from one that gives them.</summary>
public unsafe class CodePageTests
{
    private const int Bytes = 5000;

    [SkippableFact]
    public void A_page_is_written_first_and_executed_then_never_both()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells the rights of a page in a file");
        var page = CodePage.Allocate(Bytes);
        new Span<byte>(page, Bytes).Fill(0xC3);
        foreach (var at in new[] { 0, Bytes - 1 }) Rights(page + at).ShouldStartWith("rw-");
        CodePage.Seal(page, Bytes);
        foreach (var at in new[] { 0, Bytes - 1 }) Rights(page + at).ShouldStartWith("r-x");
    }

    [SkippableFact]
    public void The_pages_of_assembled_functions_are_executable_and_not_writable()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells the rights of a page in a file");
        foreach (var function in EmittedCode.Assemble(code => code.nop(), code => code.nop())) Rights((byte*)function).ShouldStartWith("r-x");
    }

    [SkippableFact]
    public void A_refusal_names_the_call_and_the_reason()
    {
        Skip.If(OperatingSystem.IsWindows(), "the system's calls have other names");
        var misaligned = Should.Throw<InvalidOperationException>(() => CodePage.Seal((byte*)1, Bytes)).Message;
        misaligned.ShouldStartWith("the system refused executable memory (mprotect: ");
        ExecutableMemory.Try((_, bytes) => CodePage.Seal((byte*)1, bytes)).ShouldBe(misaligned);
        Should.Throw<InvalidOperationException>(() => CodePage.Allocate(-4096)).Message.ShouldContain("mmap"); // almost all of the address space
    }

    [Fact]
    public void Trying_says_why_it_failed_and_nothing_where_it_worked()
    {
        ExecutableMemory.Try((_, _) => throw new InvalidOperationException("a policy")).ShouldBe("a policy");
        ExecutableMemory.Try((_, _) => throw new EntryPointNotFoundException("no such call")).ShouldBe("no such call");
        ExecutableMemory.Problem.ShouldBeNull("everywhere the tests run so far");
    }

    /// <summary>Such as <c>r-xp</c>: the rights of the mapping that an address lies in.</summary>
    private static string Rights(byte* address)
    {
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var words = line.Split(' ');
            var range = words[0].Split('-');
            var (first, end) = (nuint.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), nuint.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            if ((nuint)address >= first && (nuint)address < end) return words[1];
        }
        throw new InvalidDataException("the address is not mapped");
    }
}
