using System.CommandLine;
using Puna.Cli.Terminal;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Cli.Options;

/// <summary>What verbs that run a model have in common: which one, and on what.</summary>
internal sealed class ModelOptions
{
    private readonly Argument<string?> _first = new("MODEL") { Description = "The model folder, a .gguf file, or a run folder; the same as --model", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _model = new("--model", "-m") { Description = "The model folder, a .gguf file, or a run folder for its model", HelpName = "DIR" };
    private readonly Option<string?> _adapter = CommonOptions.Adapter();
    private readonly Option<string> _device = CommonOptions.Device();
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<string?> _precision = CommonOptions.Precision();

    public void AddTo(Command command)
    {
        command.Arguments.Add(_first);
        foreach (var option in (Option[])[_model, _adapter, _device, _threads, _precision]) command.Options.Add(option);
    }

    /// <summary>The model that was asked for; without any the newest run's, where <paramref name="orNewest"/> allows it.</summary>
    /// <exception cref="InvalidDataException">There is none, or two were named.</exception>
    public string Folder(ParseResult parsed, Session session, bool orNewest)
    {
        var (first, model) = (parsed.GetValue(_first), parsed.GetValue(_model));
        if (first is not null && model is not null) throw new InvalidDataException($"two models are named, {first} and {model}; give one");
        if ((model ?? first) is { } path) return ModelLocator.Find(path);
        if (!orNewest) throw new InvalidDataException("no model is named; give --model DIR");
        var newest = ModelLocator.Newest();
        session.Log($"model {newest}: the newest run's");
        return newest;
    }

    /// <summary>Opens the device, then loads the model.</summary>
    /// <exception cref="InvalidDataException">Device or model cannot be had.</exception>
    public OpenModel Open(ParseResult parsed, Session session, bool orNewest = false, bool requireTokenizer = true)
    {
        var chosen = Precision(parsed);
        var (device, reason) = Device.Open(parsed.GetValue(_device), parsed.GetValue(_threads) ?? 0);
        try
        {
            session.Log(reason);
            var path = Folder(parsed, session, orNewest);
            return new OpenModel(ModelPath.Open(path, requireTokenizer, parsed.GetValue(_adapter)), device, chosen) { Path = path };
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>fp32 unless bf16 is asked for: using a model one token at a time waits for memory, which rounding does not spare.</summary>
    private Precision Precision(ParseResult parsed) =>
        CommonOptions.PrecisionOf(parsed.GetValue(_precision)) == TrainingPrecision.Bf16 ? Tensors.Precision.BFloat16 : Tensors.Precision.Float32;
}

/// <summary>An opened model and the device it runs on.</summary>
internal sealed record OpenModel(LanguageModel Model, Device Device, Precision Precision) : IDisposable
{
    private readonly ModelSource? _source = Model.Source;

    /// <summary>Where it was loaded from.</summary>
    public required string Path { get; init; }

    /// <summary>The model with another chat template; with its own where none is named.</summary>
    /// <exception cref="InvalidDataException">There is no such template, or it is not well formed.</exception>
    public LanguageModel ModelWith(string? chatTemplate) => chatTemplate is null ? Model
        : Model with { ChatTemplate = ChatTemplates.ByNameOrFile(chatTemplate).With(Model.ChatTemplate?.Tokens ?? ChatTokens.OfTokenizer), ChatTemplateProblem = null };

    public void Dispose()
    {
        _source?.Dispose();
        Device.Dispose();
    }
}
