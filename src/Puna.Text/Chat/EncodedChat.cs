using System.Runtime.InteropServices;

namespace Puna.Text;

/// <summary>A conversation as ids.</summary>
/// <param name="Ids">The ids, begin symbols included.</param>
/// <param name="IsAnswer">For each id, whether the assistant says it: its content and the end of its turn. Training takes the loss on these.</param>
public sealed record EncodedChat(int[] Ids, bool[] IsAnswer)
{
    /// <summary>Collects ids; who adds them knows whether they are an answer, so nothing is searched for afterwards.</summary>
    internal sealed class Builder(Tokenizer tokenizer)
    {
        private readonly List<int> ids = [];
        private readonly List<bool> isAnswer = [];

        public void Add(int? id, bool answer = false)
        {
            if (id is not { } value) return;
            ids.Add(value);
            isAnswer.Add(answer);
        }

        /// <summary>Adds text and says how many ids it became.</summary>
        public int Add(ReadOnlySpan<char> text, bool continuation, bool answer = false)
        {
            var before = ids.Count;
            tokenizer.EncodeText(text, continuation, ids);
            CollectionsMarshal.SetCount(isAnswer, ids.Count);
            CollectionsMarshal.AsSpan(isAnswer)[before..].Fill(answer);
            return ids.Count - before;
        }

        public EncodedChat Build() => new([.. ids], [.. isAnswer]);
    }
}
