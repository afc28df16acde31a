namespace Puna.Experiments.Recipes;

/// <summary>Checks that look at several keys at once. One that involves a key whose own value is wrong already is left out.</summary>
internal sealed class RecipeChecks(Recipe recipe, Dictionary<RecipeKey, RecipeEntry> entries, HashSet<string> wrong, RecipeProblems problems)
{
    public void Run()
    {
        var model = recipe.Model;
        if (!model.HasHeadDim)
            Check(model.HiddenSize % model.HeadCount == 0, $"model.num_attention_heads = {model.HeadCount} does not divide model.hidden_size = {model.HiddenSize}; change one of them or give model.head_dim",
                "model.num_attention_heads", "model.hidden_size");
        Check(model.HeadCount % model.KeyValueHeadCount == 0, $"model.num_key_value_heads = {model.KeyValueHeadCount} does not divide model.num_attention_heads = {model.HeadCount}",
            "model.num_key_value_heads", "model.num_attention_heads");
        if (model.Architecture == ModelArchitecture.Gpt2) CheckGpt2(model);
        else Check(model.HeadDim % 2 == 0 || (!model.HasHeadDim && model.HiddenSize % model.HeadCount != 0), $"the width of a head is {model.HeadDim}, but rotary positions need an even one",
            "model.head_dim", "model.num_attention_heads", "model.hidden_size");
        Check(recipe.ContextLength >= recipe.Data.SequenceLength, $"model.max_position_embeddings = {recipe.ContextLength} is shorter than the window data.sequence_length = {recipe.Data.SequenceLength}",
            "model.max_position_embeddings", "data.sequence_length");
        Check(recipe.TokensPerStep <= int.MaxValue, $"training.batch_size × training.gradient_accumulation × data.sequence_length is {recipe.TokensPerStep} tokens a step; at most {int.MaxValue} can be counted",
            "training.batch_size", "training.gradient_accumulation", "data.sequence_length");
        CheckTokenizerOptions();
    }

    /// <summary>Keys of a Llama that a GPT-2 has no place for.</summary>
    private void CheckGpt2(ModelSection model)
    {
        Check(model.KeyValueHeadCount == model.HeadCount, $"model.num_key_value_heads = {model.KeyValueHeadCount} has no place in a gpt2, which has as many as model.num_attention_heads = {model.HeadCount}", "model.num_key_value_heads", "model.num_attention_heads");
        Check(!model.HasHeadDim || (long)model.HeadDim * model.HeadCount == model.HiddenSize, $"model.head_dim = {model.HeadDim} has no place in a gpt2, whose heads share model.hidden_size = {model.HiddenSize} evenly", "model.head_dim");
        Check(model.RopeTheta == new ModelSection().RopeTheta, $"model.rope_theta = {model.RopeTheta} has no effect in a gpt2, which learns its positions", "model.rope_theta");
    }

    /// <summary>A tokenizer that is loaded, or of characters, has no options; one given beside or after that would be without effect.</summary>
    private void CheckTokenizerOptions()
    {
        if (recipe.Tokenizer.HasOptions) return;
        var isLoaded = recipe.Tokenizer.Path is not null;
        var reason = entries[RecipeKeys.Find(isLoaded ? "tokenizer.path" : "tokenizer.type")!];
        var because = isLoaded ? $"tokenizer.path ({reason.Where}) loads a finished tokenizer" : $"a tokenizer of characters ({reason.Where}) has no options";
        foreach (var entry in entries.Values)
            if (entry.Key.Section == "tokenizer" && entry.Key != reason.Key && entry.Key.Leaf != "path" && entry.Layer >= reason.Layer)
                problems.Add(entry.Where, $"{entry.Spelling} has no effect, because {because}; drop one of the two");
    }

    /// <summary>Notes the sentence at the place of whichever of the keys was given last.</summary>
    private void Check(bool holds, string sentence, params string[] paths)
    {
        if (holds || paths.Any(wrong.Contains)) return;
        var last = paths.Select(path => entries.GetValueOrDefault(RecipeKeys.Find(path)!)).Where(entry => entry is not null).MaxBy(entry => entry!.Layer);
        problems.Add(last?.Where ?? "defaults", sentence);
    }
}
