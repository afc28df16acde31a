using System.Text;
using System.Text.Json;

namespace Puna.Experiments.Quickstart;

/// <summary>What quickstart comes to: the object that <c>--json</c> prints. Shares are 0 to 1, losses nats a token, times seconds. The figures about questions and stories are null where a text of one's own was learned.</summary>
/// <param name="ValidationLoss">The pretrained model on held-out stories (or on the validation part of one's own text).</param>
/// <param name="ValidationAccuracy">Share of tokens predicted right.</param>
/// <param name="UnigramLoss">The unigram on the same tokens.</param>
/// <param name="BigramLoss">The bigram on the same tokens.</param>
/// <param name="Exam">The questions, or null.</param>
/// <param name="Samples">The sampled stories, or null.</param>
/// <param name="Files">The pretrained model as smaller GGUF files; empty where a text of one's own was learned.</param>
/// <param name="TokensPerSecond">Pretraining speed, positions a second.</param>
/// <param name="Seconds">The whole of quickstart.</param>
/// <param name="BaseModelPath">The pretrained model.</param>
/// <param name="ModelPath">The model to talk to.</param>
public sealed record QuickstartResult(double ValidationLoss, double ValidationAccuracy, double UnigramLoss, double BigramLoss, QuestionExam? Exam, StorySamples? Samples, IReadOnlyList<SmallFile> Files,
    double TokensPerSecond, double Seconds, string BaseModelPath, string ModelPath)
{
    /// <summary>The object as one line of JSON.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("val_loss", ValidationLoss);
            json.WriteNumber("val_perplexity", Math.Exp(ValidationLoss));
            json.WriteNumber("val_accuracy", ValidationAccuracy);
            json.WriteNumber("unigram_loss", UnigramLoss);
            json.WriteNumber("bigram_loss", BigramLoss);
            Write(json, "qa_accuracy", Exam?.Accuracy);
            Write(json, "qa_baseline", Exam?.MostFrequent);
            Write(json, "qa_without_story", Exam?.WithoutStory);
            Write(json, "qa_other_story", Exam?.OtherStory);
            Write(json, "stories_consistent", Samples?.Consistent);
            Write(json, "stories_novel", Samples?.Novel);
            foreach (var file in Files)
            {
                var prefix = $"gguf_{file.Type.ToLowerInvariant()}";
                json.WriteString($"{prefix}_path", file.Path);
                json.WriteNumber($"{prefix}_bytes", file.Bytes);
                json.WriteNumber($"{prefix}_perplexity", file.Perplexity);
            }
            json.WriteNumber("tokens_per_second", TokensPerSecond);
            json.WriteNumber("seconds", Seconds);
            json.WriteString("base_model_path", BaseModelPath);
            json.WriteString("model_path", ModelPath);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
