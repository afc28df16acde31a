using System.Text.Json.Nodes;
using Puna.Tests;

namespace Puna.Models.Tests;

public class ConfigFileTests
{
    [Fact]
    public void Every_named_shape_survives_writing_and_reading()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, config) in LlamaShapes.All)
        {
            ConfigFile.Write(folder["config.json"], config);
            ConfigFile.Read(folder["config.json"]).ShouldBe(config, name);
        }
    }

    [Fact]
    public void Begin_and_end_ids_survive_one_or_several_or_none()
    {
        using var folder = new TemporaryFolder();
        foreach (var ends in (int[][])[[], [2], [128001, 128008, 128009]])
        {
            ConfigFile.Write(folder["config.json"], TinyLlama.Config() with { BosTokenId = ends.Length == 0 ? null : 1, EosTokenIds = ends });
            var read = ConfigFile.Read(folder["config.json"]);
            read.EosTokenIds.ShouldBe(ends);
            read.BosTokenId.ShouldBe(ends.Length == 0 ? null : 1);
        }
    }

    [SkippableTheory]
    [InlineData("d_llama31_rope_scaling")]
    [InlineData("e_linear_rope_scaling")]
    [InlineData("l_transformers_v5_config_f16")]
    public void Both_spellings_of_rope_scaling_are_read(string name)
    {
        var config = (LlamaConfig)ConfigFile.Read(Path.Combine(SharedData.Shared($"golden/models/{name}"), "config.json"));
        config.RopeScaling.ShouldNotBeNull();
        if (name[0] == 'd') config.RopeScaling.ShouldBe(new Llama3RopeScaling(8, 1, 4, 64));
        if (name[0] == 'e') config.RopeScaling.ShouldBe(new LinearRopeScaling(4));
        if (name[0] == 'l') config.RopeTheta.ShouldNotBe(10_000);
    }

    [Theory]
    [InlineData("model_type", "\"mamba\"", "model_type is mamba; this build runs llama and gpt2 only")]
    [InlineData("model_type", null, "model_type is (none)")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act is gelu")]
    [InlineData("attention_bias", "true", "attention_bias is true")]
    [InlineData("mlp_bias", "true", "mlp_bias is true")]
    [InlineData("hidden_size", null, "hidden_size is missing")]
    [InlineData("intermediate_size", null, "intermediate_size is missing")]
    [InlineData("num_hidden_layers", null, "num_hidden_layers is missing")]
    [InlineData("num_attention_heads", null, "num_attention_heads is missing")]
    [InlineData("vocab_size", null, "vocab_size is missing")]
    [InlineData("vocab_size", "1.5", "vocab_size is 1.5, a whole number was expected")]
    [InlineData("vocab_size", "\"many\"", "vocab_size is \"many\", a whole number was expected")]
    [InlineData("vocab_size", "99999999999", "vocab_size is 99999999999, a whole number was expected")]
    [InlineData("vocab_size", "0", "vocab_size 0 must be positive")]
    [InlineData("num_attention_heads", "0", "num_attention_heads 0")]
    [InlineData("num_attention_heads", "5", "num_attention_heads 5 does not divide hidden_size 32")]
    [InlineData("num_key_value_heads", "3", "num_attention_heads 4 must be a multiple of num_key_value_heads 3")]
    [InlineData("head_dim", "9", "head_dim 9 must be even")]
    [InlineData("rms_norm_eps", "\"small\"", "rms_norm_eps is \"small\", a number was expected")]
    [InlineData("rms_norm_eps", "0", "rms_norm_eps 0 must be positive")]
    [InlineData("rope_theta", "-1", "rope_theta -1 must be positive")]
    [InlineData("tie_word_embeddings", "\"yes\"", "tie_word_embeddings is \"yes\", true or false was expected")]
    [InlineData("bos_token_id", "1.5", "bos_token_id is 1.5, a whole number was expected")]
    [InlineData("eos_token_id", "[2, \"x\"]", "eos_token_id is [2, \"x\"], a whole number or several were expected")]
    [InlineData("rope_scaling", """{"rope_type":"longrope","factor":4}""", "rope type 'longrope' is not known to this build; it knows default, linear, dynamic, ntk, yarn and llama3")]
    [InlineData("rope_scaling", """{"type":"su","factor":4}""", "rope type 'su' is not known")]
    [InlineData("rope_scaling", """{"factor":4}""", "rope scaling has no type")]
    [InlineData("rope_scaling", "\"yarn\"", "rope_scaling is \"yarn\", an object was expected")]
    [InlineData("rope_scaling", """{"rope_type":"linear"}""", "factor of the rope scaling is missing or not positive")]
    [InlineData("rope_scaling", """{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4}""", "original_max_position_embeddings is missing")]
    [InlineData("rope_parameters", """{"rope_type":"longrope","rope_theta":10000}""", "rope type 'longrope' is not known")]
    public void What_is_wrong_is_named(string field, string? value, string sentence)
    {
        using var folder = new TemporaryFolder();
        ConfigFile.Write(folder["config.json"], TinyLlama.Config());
        var json = JsonNode.Parse(File.ReadAllText(folder["config.json"]))!.AsObject();
        json.Remove("head_dim");
        json.Remove(field);
        if (value is not null) json[field] = JsonNode.Parse(value);
        File.WriteAllText(folder["config.json"], json.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        var message = Should.Throw<InvalidDataException>(() => ConfigFile.Read(folder["config.json"])).Message;
        message.Replace("[2,\"x\"]", "[2, \"x\"]").ShouldContain(sentence);
        message.ShouldStartWith(folder["config.json"]);
        message.ShouldNotContain("\n");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\u0000\u0001binary")]
    public void What_is_no_json_object_is_refused(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], text);
        Should.Throw<InvalidDataException>(() => ConfigFile.Read(folder["config.json"])).Message.ShouldStartWith(folder["config.json"]);
    }

    [Fact]
    public void Fields_that_files_may_leave_out_have_hugging_faces_defaults()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], """{"model_type":"llama","hidden_size":32,"intermediate_size":64,"num_hidden_layers":1,"num_attention_heads":4,"vocab_size":10,"num_key_value_heads":null,"head_dim":null,"rope_scaling":null}""");
        var config = (LlamaConfig)ConfigFile.Read(folder["config.json"]);
        (config.KeyValueHeadCount, config.HeadSize, config.RopeTheta, config.RmsNormEpsilon, config.TieWordEmbeddings, config.ContextLength).ShouldBe((4, 8, 10_000, 1e-6, false, 2048));
        (config.BosTokenId, config.RopeScaling).ShouldBe((null, null));
    }
}
