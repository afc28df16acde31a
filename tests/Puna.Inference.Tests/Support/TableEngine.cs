using Puna.Models;

namespace Puna.Inference.Tests;

/// <summary>A model whose logits depend on the last token alone, by a table [previous][next]: what comes of it can be reckoned exactly.</summary>
internal sealed unsafe class TableEngine(float[][] table, int contextLength = 64) : InferenceEngine
{
    /// <summary>Tokens of all runs.</summary>
    public int TokensRun { get; private set; }

    /// <summary>Sequences that were made and not given back.</summary>
    public int Alive { get; private set; }

    public override IModelConfig Config { get; } = LlamaConfig.Create(4, 4, 1, 1, 1, table[0].Length, contextLength);

    public override int ContextLength => contextLength;

    public override EngineMemory Memory => default;

    public override EngineSequence CreateSequence() => new Sequence(this, []);

    public override void Run(InferenceBatch batch)
    {
        RequireRoom(batch);
        TokensRun += batch.TokenCount;
        _ = batch.Outputs(VocabularySize);
        var row = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            ((Sequence)batch.Sequence(i)).Tokens.AddRange(batch.Tokens(i));
            var wanted = batch.Output(i) switch { BatchOutput.None => 0, BatchOutput.LastLogits => 1, BatchOutput.AllLogits => batch.Tokens(i).Length, _ => throw new NotSupportedException() };
            foreach (var token in batch.Tokens(i)[^wanted..]) table[token].CopyTo(batch.Row(row++));
        }
    }

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Sequence : EngineSequence
    {
        private readonly TableEngine _engine;
        private bool _isGiven;

        public Sequence(TableEngine engine, List<int> tokens)
        {
            (_engine, Tokens) = (engine, tokens);
            engine.Alive++;
        }

        public List<int> Tokens { get; }

        public override int Length => Tokens.Count;

        public override void Truncate(int length) => Tokens.RemoveRange(length, Tokens.Count - length);

        public override EngineSequence Fork() => new Sequence(_engine, [.. Tokens]);

        protected override void Dispose(bool disposing)
        {
            _isGiven.ShouldBeFalse("a sequence is given back once");
            _isGiven = true;
            _engine.Alive--;
        }
    }
}
