using System.Text;

namespace Puna.Text.Tests;

/// <summary>Files of a few kilobytes of kinds that the program does not write.</summary>
internal static class SmallFiles
{
    /// <summary>All bytes and a few words.</summary>
    public static byte[] Ranks()
    {
        var tokens = Enumerable.Range(0, 256).Select(value => new[] { (byte)value }).Concat(new[] { "he", "ll", "llo", "hello", " w", "or", "ld", "orld", " world" }.Select(Encoding.UTF8.GetBytes));
        return Encoding.ASCII.GetBytes(string.Concat(tokens.Select((token, rank) => $"{Convert.ToBase64String(token)} {rank}\n")));
    }

    /// <summary>The pieces of a stored model as llama2.c spells them.</summary>
    public static byte[] TokBin()
    {
        var model = SentencePieceModel.Load(GoldenModels.Stored("bpe_512_llama.model"));
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        var pieces = model.Pieces.Select(piece => Encoding.UTF8.GetBytes(piece.Type == SentencePieceType.Control ? $"\n{piece.Text}\n" : piece.Text.Replace('\u2581', ' '))).ToArray();
        writer.Write(pieces.Max(piece => piece.Length));
        for (var id = 0; id < pieces.Length; id++)
        {
            writer.Write(model.Pieces[id].Score);
            writer.Write(pieces[id].Length);
            writer.Write(pieces[id]);
        }
        return stream.ToArray();
    }
}
