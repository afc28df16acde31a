using Puna.Text;

namespace Puna.Inference;

/// <summary>Whether a draft model speaks of the same tokens.</summary>
public static class DraftVocabulary
{
    /// <summary>Compares two tokenizers id by id: a draft's id must mean the same piece to the model.</summary>
    /// <param name="model">Of the model.</param>
    /// <param name="draft">Of the draft model.</param>
    /// <exception cref="InvalidDataException">They differ; the sentence says where.</exception>
    public static void Require(Tokenizer model, Tokenizer draft)
    {
        if (model.VocabularySize != draft.VocabularySize) throw Differs($"it has {draft.VocabularySize} tokens and the model {model.VocabularySize}");
        for (var id = 0; id < model.VocabularySize; id++)
        {
            if (model.IdToPiece(id) != draft.IdToPiece(id)) throw Differs($"token {id} is «{draft.IdToPiece(id)}» there and «{model.IdToPiece(id)}» in the model");
            if (model.IsControl(id) != draft.IsControl(id)) throw Differs($"token {id}, «{model.IdToPiece(id)}», is {(draft.IsControl(id) ? "a control symbol there and text" : "text there and a control symbol")} in the model");
        }
        if (model.BosId != draft.BosId || model.EosId != draft.EosId) throw Differs($"its begin and end symbols are {Name(draft.BosId)} and {Name(draft.EosId)}, the model's {Name(model.BosId)} and {Name(model.EosId)}");
    }

    private static string Name(int? id) => id is { } value ? $"token {value}" : "none";

    private static InvalidDataException Differs(string how) => new($"the draft model has another vocabulary: {how}; a draft needs the tokenizer of the model");
}
