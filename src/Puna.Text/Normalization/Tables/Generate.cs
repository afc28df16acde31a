#:property InvariantGlobalization=false
#:property GenerateDocumentationFile=false
#:property IsTrimmable=false
#:property PublishAot=false

// Makes the two tables beside this file from the Unicode data of ICU 72. Not part of the build; run it by hand, in this folder:
//     dotnet run Generate.cs
using System.Runtime.InteropServices;
using System.Text;

var runes = Enumerable.Range(1, 0x10FFFF).Where(Rune.IsValid).Where(cp => Icu.Script(cp, out _) != Icu.UnknownScript).ToArray();

// nfkc.txt: characters that NFKC changes, an empty line, then the decompositions that NFKC composes (Hangul is left out: it is arithmetic).
var single = new StringBuilder();
var composed = new StringBuilder();
foreach (var cp in runes)
{
    var text = new Rune(cp).ToString();
    var nfkc = text.Normalize(NormalizationForm.FormKC);
    var nfkd = text.Normalize(NormalizationForm.FormKD);
    if (nfkc != text) single.Append($"{cp:X} {Hex(nfkc)}\n");
    if (nfkd.EnumerateRunes().Count() > 1 && nfkc != nfkd && !nfkc.Any(c => c is >= '\uAC00' and <= '\uD7A3')) composed.Append($"{Hex(nfkd)}>{Hex(nfkc)}\n");
}
File.WriteAllText("nfkc.txt", $"{single}\n{string.Join('\n', composed.ToString().Split('\n').Distinct())}");

// scripts.txt: first and last character of a stretch of one script, and its ISO 15924 name. Common (Zyyy) is left out.
var scripts = new StringBuilder();
for (var first = 1; first <= 0x10FFFF;)
{
    var script = Icu.Script(first, out _);
    var last = first;
    while (last < 0x10FFFF && Icu.Script(last + 1, out _) == script) last++;
    if (script is not (Icu.UnknownScript or Icu.CommonScript)) scripts.Append($"{first:X} {last:X} {Marshal.PtrToStringAnsi(Icu.ShortName(script))}\n");
    first = last + 1;
}
File.WriteAllText("scripts.txt", scripts.ToString());

static string Hex(string text) => string.Join(' ', text.EnumerateRunes().Select(r => r.Value.ToString("X")));

internal static partial class Icu
{
    public const int CommonScript = 0, UnknownScript = 103;

    [DllImport("libicuuc.so.72", EntryPoint = "uscript_getScript_72")]
    public static extern int Script(int codePoint, out int error);

    [DllImport("libicuuc.so.72", EntryPoint = "uscript_getShortName_72")]
    public static extern nint ShortName(int script);
}
