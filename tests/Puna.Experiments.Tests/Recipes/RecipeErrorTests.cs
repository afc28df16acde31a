using Puna.Experiments.Recipes;

namespace Puna.Experiments.Tests.Recipes;

public sealed class RecipeErrorTests : IDisposable
{
    private readonly RecipeFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model:\n  hiden_size: 128", 2, "model.hiden_size is not a key of a recipe; the nearest is model.hidden_size")]
    [InlineData("training:\n  steps: 5\n  learning_rate: 1", 3, "training.learning_rate is not a key of a recipe; the nearest is optimizer.learning_rate")]
    [InlineData("training: { max_step: 5 }", 1, "training.max_step is not a key of a recipe; the nearest is training.steps")]
    [InlineData("\nlearning_rat: 5", 2, "learning_rat is not a key of a recipe; the nearest is optimizer.learning_rate")]
    [InlineData("modle: { hidden_size: 8 }", 1, "modle is not a section of a recipe; the nearest is model")]
    [InlineData("model: 5", 1, "model is a section and must be a mapping of keys, not '5'")]
    [InlineData("model: { hidden_size: many }", 1, "model.hidden_size must be a whole number of at least 1, not 'many'")]
    [InlineData("model: { hidden_size: 12.5 }", 1, "model.hidden_size must be a whole number of at least 1, not '12.5'")]
    [InlineData("model: { hidden_size: 99999999999 }", 1, "model.hidden_size must be a whole number of at least 1, not '99999999999'")]
    [InlineData("steps: -3", 1, "steps must be a whole number of at least 1, not '-3'")]
    [InlineData("optimizer: { learning_rate: nan }", 1, "optimizer.learning_rate must be a number above 0, not 'nan'")]
    [InlineData("optimizer: { betas: [0.9] }", 1, "optimizer.betas must be two numbers from 0 to 1 (excluded), not a list of 1")]
    [InlineData("training: { precision: fp8 }", 1, "training.precision must be fp32 or bf16 or auto, not 'fp8'")]
    [InlineData("model: { tie_word_embeddings: maybe }", 1, "model.tie_word_embeddings must be true or false, not 'maybe'")]
    [InlineData("data:\n  split: [0.7, 0.2, 0.2]", 2, "data.split must be two or three shares that sum to 1, not 0.7 + 0.2 + 0.2 = 1.1")]
    [InlineData("data: { split: [1.0, 0.0] }", 1, "data.split must leave something for training and for validation, which picks the best checkpoint")]
    [InlineData("data: { train: [ { file: x.txt } ] }", 1, "data.train has the key 'file', which is neither path nor weight, column or epochs")]
    [InlineData("data: { train: [ { weight: 1 } ] }", 1, "data.train has an entry without a path")]
    [InlineData("model:\n  num_attention_heads: 7", 2, "model.num_attention_heads = 7 does not divide model.hidden_size = 128; change one of them or give model.head_dim")]
    [InlineData("model:\n  num_key_value_heads: 3", 2, "model.num_key_value_heads = 3 does not divide model.num_attention_heads = 8")]
    [InlineData("model: { head_dim: 15 }", 1, "the width of a head is 15, but rotary positions need an even one")]
    [InlineData("model:\n  max_position_embeddings: 64", 2, "model.max_position_embeddings = 64 is shorter than the window data.sequence_length = 128")]
    [InlineData("batch_size: 100000\nblock_size: 100000", 1, "training.batch_size × training.gradient_accumulation × data.sequence_length is 10000000000 tokens a step; at most 2147483647 can be counted")]
    [InlineData("- a list", 1, "a recipe is a mapping of keys, not a list of 1")]
    [InlineData("tokenizer:\n  path: a.model\n  vocab_size: 9", 3, "tokenizer.vocab_size has no effect, because tokenizer.path ({file}:2) loads a finished tokenizer; drop one of the two")]
    [InlineData("tokenizer:\n  type: char\nvocab_size: 9", 3, "vocab_size has no effect, because a tokenizer of characters ({file}:2) has no options; drop one of the two")]
    [InlineData("optimizer:\n  learning_rate: 1\nlr: 1", 3, "lr says what optimizer.learning_rate says ({file}:2); keep one of them")]
    [InlineData("optimizer:\n  betas: [0.1, 0.2]\nadam_beta1: 0.1", 3, "adam_beta1 says what optimizer.betas says ({file}:2); keep one of them")]
    public void A_wrong_line_is_named_with_its_number_and_key(string yaml, int line, string sentence)
    {
        var path = _folder.Add("wrong.yaml", yaml);
        var label = path;
        _folder.Problems("wrong.yaml").ShouldBe([$"{label}:{line}: {sentence.Replace("{file}", label)}"]);
    }

    [Theory]
    [InlineData("training.stpes=5", "training.stpes is not a key of a recipe; the nearest is training.steps")]
    [InlineData("model=5", "model is a section and must be a mapping of keys, not '5'")]
    [InlineData("steps", "must be key=value, as in --set optimizer.learning_rate=3e-4")]
    [InlineData("steps=[1", "steps must be a whole number of at least 1, not '[1'")]
    [InlineData("extends=x", "extends belongs into a recipe file, not on the command line")]
    public void A_wrong_setting_is_named_as_typed(string setting, string sentence)
    {
        _folder.Add("good.yaml", "steps: 5");
        _folder.Problems("good.yaml", setting).ShouldBe([$"--set {setting}: {sentence}"]);
    }

    [Fact]
    public void A_key_set_by_both_its_names_is_refused()
    {
        _folder.Add("good.yaml", "steps: 5");
        _folder.Problems("good.yaml", "training.seed=1", "seed=2").ShouldBe(["--set seed=2: seed says what training.seed says (--set training.seed=1); keep one of them"]);
    }

    [Fact]
    public void All_problems_come_at_once_one_a_line()
    {
        _folder.Add("base.yaml", "model:\n  dropout: 2\n");
        _folder.Add("many.yaml", "extends: base.yaml\ntraining:\n  steps: -1\n  batchsize: 4\n");
        var problems = _folder.Problems("many.yaml", "optimizer.eps=-1");
        problems.Length.ShouldBe(4);
        problems.ShouldContain(problem => problem.Contains("base.yaml:2: model.dropout"));
        problems.ShouldContain(problem => problem.Contains("many.yaml:4: training.batchsize"));
        problems.ShouldContain(problem => problem.Contains("many.yaml:3: training.steps"));
        problems.ShouldContain(problem => problem.StartsWith("--set optimizer.eps=-1: optimizer.eps"));
    }

    [Fact]
    public void A_circle_of_recipes_is_named()
    {
        _folder.Add("a.yaml", "extends: b.yaml");
        _folder.Add("b.yaml", "\nextends: a.yaml");
        var problem = _folder.Problems("a.yaml").ShouldHaveSingleItem();
        problem.ShouldContain("b.yaml:2: extends goes in a circle: ");
        problem.ShouldEndWith("a.yaml");
    }

    [Theory]
    [InlineData("a: [1, 2", 1)]
    [InlineData("steps: 1\nseed: @x", 2)]
    [InlineData("steps: 1\nsteps: 2", 2)]
    [InlineData("steps: 1\n---\nsteps: 2", 3)]
    [InlineData("&a [*a, *b]", 1)]
    public void Text_that_is_no_yaml_is_refused_with_its_line(string yaml, int line)
    {
        var path = _folder.Add("broken.yaml", yaml);
        _folder.Problems("broken.yaml").ShouldHaveSingleItem().ShouldStartWith($"{path}:{line}: ");
    }

    [Theory]
    [InlineData("? &a [*a] : 1", 1)] // a key that holds itself
    [InlineData("a: &a [1, 2]\nb: &b [*a, *a]\nc: [*b, *b]", 2)]
    public void Aliases_are_refused_with_their_line(string yaml, int line)
    {
        var path = _folder.Add("alias.yaml", yaml);
        var problem = _folder.Problems("alias.yaml").ShouldHaveSingleItem();
        problem.ShouldStartWith($"{path}:{line}: not YAML: the alias *a is not read in recipes");
    }

    [Fact]
    public void Of_fifty_thousand_mistakes_the_first_fifty_are_told()
    {
        _folder.Add("many.yaml", string.Concat(Enumerable.Range(0, 50_000).Select(i => $"k{i}: 1\n")));
        var problems = _folder.Problems("many.yaml");
        problems.Length.ShouldBe(51);
        problems[^1].ShouldBe("… and more; this is hardly a recipe");
    }

    [Fact]
    public void A_key_of_half_a_million_letters_is_refused_like_any_other()
    {
        _folder.Add("long.yaml", $"? {new string('x', 500_000)}\n: 1");
        _folder.Problems("long.yaml").ShouldHaveSingleItem().ShouldContain("is not a key of a recipe");
    }

    [Fact]
    public void A_hundred_thousand_brackets_do_not_end_the_program()
    {
        _folder.Add("deep.yaml", new string('[', 100_000));
        _folder.Problems("deep.yaml").ShouldHaveSingleItem().ShouldContain("nested deeper than");
    }

    [Fact]
    public void A_file_that_is_no_text_is_refused()
    {
        var path = Path.Combine(_folder.Root, "bytes.yaml");
        File.WriteAllBytes(path, [0xff, 0xfe, 0x00]);
        Should.Throw<InvalidDataException>(() => RecipeLoader.Load(path)).Message.ShouldBe($"{path} is not UTF-8 text, so it is no recipe.");
        Should.Throw<InvalidDataException>(() => RecipeLoader.Load(_folder.Root)).Message.ShouldEndWith("is a folder, not a recipe file.");
    }

    [Fact]
    public void An_unknown_name_lists_the_built_in_ones()
    {
        var message = Should.Throw<InvalidDataException>(() => RecipeLoader.Load("studnt")).Message;
        message.ShouldBe("There is no recipe 'studnt', neither as a file nor built in; built-in recipes are " + string.Join(", ", RecipeCatalog.Names) + ".");
        message.ShouldContain("nanogpt-char-cpu, nanogpt-char-gpt2, quickstart");
    }
}
