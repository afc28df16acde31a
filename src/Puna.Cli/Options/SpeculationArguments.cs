using System.CommandLine;
using Puna.Cli.Terminal;
using Puna.Experiments.Runs;
using Puna.Inference;
using Puna.Models;

namespace Puna.Cli.Options;

/// <summary>Speculative decoding: tokens proposed by a smaller model or by what stood in the text before, and checked several at a time.</summary>
internal sealed class SpeculationArguments
{
    private const int DefaultModelDraft = 8, DefaultLookupDraft = 16;
    private readonly Option<string?> _model = new("--draft-model", "-md", "--model-draft") { Description = "A smaller model of the same vocabulary that proposes tokens, which the model checks several at a time; the text keeps its distribution, and greedy text stays the same", HelpName = "PATH" };
    private readonly Option<bool> _lookup = new("--lookup") { Description = "Propose what stood behind the same words before in prompt and text; for texts that copy, no draft model needed" };
    private readonly Option<int?> _most = NumberOption.Whole("--draft-max", $"The most tokens proposed at a time (default {DefaultModelDraft} of a draft model, {DefaultLookupDraft} of a look-up)", 1, 256, "--draft", "--draft-n");
    private readonly Option<double?> _leastProbability = NumberOption.Real("--draft-min-p", "End a draft where the draft model gives no token this probability; 0 is off (default 0)", 0, 1, "--draft-p-min");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_model, _lookup, _most, _leastProbability]) command.Options.Add(option);
    }

    /// <summary>What was said of it.</summary>
    public IEnumerable<string> Given(ParseResult parsed) => ((Option[])[_model, _lookup, _most, _leastProbability]).Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name);

    /// <summary>Sets a generator up as asked; where nothing was asked it stays as it is.</summary>
    /// <returns>The drafter, to be disposed after the generation; null for none.</returns>
    /// <exception cref="InvalidDataException">The options contradict each other, or the draft model cannot be had or has another vocabulary.</exception>
    public IDrafter? Apply(ParseResult parsed, Session session, OpenModel open, Generator generator)
    {
        var (model, lookup) = (parsed.GetValue(_model), parsed.GetValue(_lookup));
        if (model is null && !lookup)
        {
            if (Given(parsed).FirstOrDefault() is { } alone) throw new InvalidDataException($"{alone} says how tokens are proposed, and nothing proposes any; give --draft-model PATH or --lookup");
            return null;
        }
        if (model is not null && lookup) throw new InvalidDataException("--draft-model and --lookup both propose tokens; give one of them");
        if (lookup && parsed.GetValue(_leastProbability) is not null) throw new InvalidDataException("--draft-min-p is about a draft model, and a look-up has none; leave it out");
        IDrafter drafter = model is null ? new LookupDrafter() : DraftModel(model, parsed.GetValue(_leastProbability) ?? 0, open, generator, session);
        generator.Decoding = new SpeculativeDecoding(drafter, parsed.GetValue(_most) ?? (lookup ? DefaultLookupDraft : DefaultModelDraft));
        return drafter;
    }

    private static ModelDrafter DraftModel(string path, double leastProbability, OpenModel open, Generator generator, Session session)
    {
        var draft = ModelSource.Open(ModelLocator.Find(path));
        try
        {
            DraftVocabulary.Require(open.Model.Tokenizer!, draft.Tokenizer!);
            session.Log($"draft model {path}: {draft.Config.ParameterCount:#,0} parameters");
            var options = new EngineOptions { ContextLength = Math.Min(generator.ContextLength, draft.Config.ContextLength), Precision = open.Precision };
            return new ModelDrafter(Engines.Open(draft, open.Device, options, ownsSource: true), leastProbability, ownsEngine: true);
        }
        catch
        {
            draft.Dispose();
            throw;
        }
    }
}
