using Puna.Evaluation;
using Puna.Experiments.World;
using Puna.Models;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Quickstart;

/// <summary>The built-in world as training data: stories with interviews, conversations about them, and held-out stories.</summary>
internal sealed class QuickstartData
{
    private readonly IReadOnlyList<string> _documents;

    public QuickstartData(long seed)
    {
        var world = new StoryWorld((ulong)seed);
        Stories = [.. world.Training(QuickstartPlan.TrainingStories)];
        HeldOut = [.. world.HeldOut(QuickstartPlan.HeldOutStories)];
        _documents = [.. Stories.Select(story => StoryCorpus.Document(story, withInterview: true))];
    }

    public IReadOnlyList<Story> Stories { get; }

    public IReadOnlyList<Story> HeldOut { get; }

    /// <summary>The text as it is trained on, documents separated by a blank line.</summary>
    public string Corpus => string.Join("\n\n", _documents) + "\n";

    /// <summary>A vocabulary in which nearly every word of the world is one piece, and so are the tags of the chat template.</summary>
    public Tokenizer TrainTokenizer(int vocabularySize, IProgress<double> progress, CancellationToken cancellation) => TrainTokenizer(_documents, vocabularySize, progress, cancellation);

    /// <summary>The same from the first of any such documents.</summary>
    public static Tokenizer TrainTokenizer(IEnumerable<string> documents, int vocabularySize, IProgress<double> progress, CancellationToken cancellation) =>
        SentencePieceBpeTrainer.Train(documents.Take(QuickstartPlan.TokenizerStories).SelectMany(document => document.Split('\n')),
            BpeTrainerOptions.Llama with { VocabularySize = vocabularySize, ByteFallback = false, UserDefinedSymbols = ["\n", "[INST]", "\u2581[/INST]"] }, progress, cancellation);

    public int[][] Encode(Tokenizer tokenizer) => tokenizer.EncodeAll(_documents, new EncodeOptions(AddBos: true, AddEos: true));

    /// <summary>The text of held-out stories: every token after the begin symbol is scored.</summary>
    public TokenRows HeldOutRows(Tokenizer tokenizer, int length) =>
        SequencePacker.Pack(HeldOut.Select(story => new TrainingSample(tokenizer.Encode(story.Text + "\n", new EncodeOptions(AddBos: true)))), length).Rows;

    /// <summary>All questions about a story as one conversation; loss on the answers and their ends only.</summary>
    public PackedSamples Conversations(Tokenizer tokenizer, ChatTemplate template, int length) => SequencePacker.Pack(Stories.Take(QuickstartPlan.FineTuningStories).Select(story =>
    {
        var turns = new List<ChatTurn>();
        foreach (var question in story.Questions)
        {
            turns.Add(new ChatTurn("user", turns.Count == 0 ? StoryCorpus.Instruction(story, question) : question.Question));
            turns.Add(new ChatTurn("assistant", question.Answer));
        }
        var chat = template.Encode(tokenizer, turns, addGenerationPrompt: false);
        return new TrainingSample(chat.Ids, chat.IsAnswer);
    }), length);

    /// <summary>Unigram and bigram of the training documents on exactly the held-out positions.</summary>
    public static BaselineScores Baselines(IEnumerable<int[]> documents, TokenRows rows, int vocabularySize)
    {
        var baselines = NGramBaselines.Fit(documents.Select(document => (ReadOnlyMemory<int>)document), vocabularySize);
        var (previous, tokens) = rows.ScoredPairs();
        baselines.SelectAlpha(previous, tokens);
        return baselines.Score(previous, tokens);
    }
}
