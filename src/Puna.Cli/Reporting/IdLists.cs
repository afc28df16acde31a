using System.Globalization;

namespace Puna.Cli.Reporting;

/// <summary>Ids as users write them, checked against a vocabulary.</summary>
internal static class IdLists
{
    /// <summary>Ids separated by white space.</summary>
    /// <exception cref="InvalidDataException">A word is no id of the vocabulary; the sentence has its place.</exception>
    public static int[] Plain(string text, int vocabularySize)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var ids = new int[words.Length];
        for (var i = 0; i < words.Length; i++)
        {
            if (!int.TryParse(words[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out ids[i])) throw new InvalidDataException($"'{words[i]}', word {i + 1} of the input, is not an id; give whole numbers separated by spaces");
            Check(ids[i], vocabularySize, $"word {i + 1} of the input");
        }
        return ids;
    }

    /// <summary>Refuses an id outside the vocabulary.</summary>
    /// <exception cref="InvalidDataException">With the id, its place and what is allowed.</exception>
    public static void Check(int id, int vocabularySize, string place)
    {
        if ((uint)id >= (uint)vocabularySize) throw new InvalidDataException($"id {id}, {place}, is not in the vocabulary: ids go from 0 to {vocabularySize - 1}");
    }
}
