using Puna.Models;

namespace Puna.Inference.Tests;

/// <summary>A model that always says the same: after any prompt the tokens of its answer, then the end symbol. What it was given is written down.</summary>
internal sealed unsafe class ScriptedEngine(IModelConfig config, int end) : InferenceEngine
{
    public int[] Answer { get; set; } = [];

    /// <summary>Tokens computed in all.</summary>
    public int Computed { get; private set; }

    /// <summary>The sequence that logits were last asked for, whole.</summary>
    public int[] Seen { get; private set; } = [];

    /// <summary>Called before a batch is computed.</summary>
    public Action? BeforeRun { get; set; }

    public override IModelConfig Config => config;

    public override int ContextLength => config.ContextLength;

    public override EngineMemory Memory => default;

    public override EngineSequence CreateSequence() => new Sequence([]);

    public override void Run(InferenceBatch batch)
    {
        BeforeRun?.Invoke();
        RequireRoom(batch);
        var to = batch.Outputs(VocabularySize);
        for (var i = 0; i < batch.Count; i++)
        {
            var tokens = ((Sequence)batch.Sequence(i)).Tokens;
            tokens.AddRange(batch.Tokens(i));
            Computed += batch.Tokens(i).Length;
            if (batch.Output(i) == BatchOutput.None) continue;
            Seen = [.. tokens];
            new Span<float>(to, VocabularySize).Clear();
            to[Next(tokens)] = 50;
            to += VocabularySize;
        }
    }

    protected override void Dispose(bool disposing)
    {
    }

    private int Next(List<int> tokens)
    {
        for (var said = Math.Min(Answer.Length, tokens.Count); said > 0; said--)
            if (tokens[^said..].SequenceEqual(Answer[..said])) return said == Answer.Length ? end : Answer[said];
        return Answer.Length == 0 ? end : Answer[0];
    }

    private sealed class Sequence(List<int> tokens) : EngineSequence
    {
        public List<int> Tokens { get; } = tokens;

        public override int Length => Tokens.Count;

        public override void Truncate(int length) => Tokens.RemoveRange(length, Tokens.Count - length);

        public override EngineSequence Fork() => new Sequence([.. Tokens]);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
