using Puna.Tensors;

namespace Puna.Models.Tests;

public class RopeScalingTests
{
    private const int Head = 64, Length = 64;
    private static readonly LlamaConfig Plain = LlamaConfig.Create(Head * 2, 96, 1, 2, 2, 50, Length);

    public static TheoryData<string> Kinds => new(["linear", "llama3", "ntk", "dynamic", "yarn", "yarn with all fields"]);

    [Fact]
    public void Ntk_leaves_the_fastest_pair_and_divides_the_slowest_by_the_factor()
    {
        var (plain, scaled) = (RopeTable.Frequencies(Plain), RopeTable.Frequencies(Plain with { RopeScaling = new NtkRopeScaling(4) }));
        scaled[0].ShouldBe(plain[0]);
        scaled[^1].ShouldBe(plain[^1] / 4, plain[^1] * 1e-12);
        for (var i = 1; i < scaled.Length; i++) (plain[i] / scaled[i]).ShouldBeInRange((plain[i - 1] / scaled[i - 1]) - 1e-12, 4 + 1e-9);
    }

    [Fact]
    public void Dynamic_ntk_changes_nothing_up_to_the_original_length_and_then_grows()
    {
        var config = Plain with { RopeScaling = new DynamicNtkRopeScaling(3, Length) };
        var plain = RopeTable.Frequencies(Plain);
        RopeTable.Frequencies(config, Length).ShouldBe(plain);
        var twice = RopeTable.Frequencies(config, 2 * Length);
        twice[0].ShouldBe(plain[0]);
        twice[^1].ShouldBe(plain[^1] / 4, plain[^1] * 1e-12); // 3·2 − (3 − 1)
    }

    [Fact]
    public void Yarn_keeps_pairs_that_turn_often_and_divides_those_that_do_not_turn_once()
    {
        var config = Plain with { RopeScaling = new YarnRopeScaling(8, 4096), ContextLength = 32_768 };
        var (plain, scaled) = (RopeTable.Frequencies(Plain), RopeTable.Frequencies(config));
        for (var i = 0; i < plain.Length; i++)
        {
            var turns = plain[i] * 4096 / (2 * Math.PI);
            var divisor = plain[i] / scaled[i];
            if (turns >= 32 * 1.5) divisor.ShouldBe(1, 1e-12, $"pair {i}");
            else if (turns <= 1 / 1.5) divisor.ShouldBe(8, 1e-9, $"pair {i}");
            else divisor.ShouldBeInRange(1 - 1e-12, 8 + 1e-9);
        }
        plain.Select((frequency, i) => frequency / scaled[i]).ShouldBeInOrder();
        config.RopeScaling.Magnitude.ShouldBe((0.1 * Math.Log(8)) + 1);
        var table = new RopeTable(config, DType.Float64);
        table.Ensure(1);
        table.Cosine.Span<double>().ToArray().ShouldAllBe(value => Math.Abs(value - config.RopeScaling.Magnitude) < 1e-12);
    }

    [Fact]
    public void A_sequence_does_not_depend_on_the_lengths_before_it()
    {
        var config = Plain with { RopeScaling = new DynamicNtkRopeScaling(2, Length) };
        var used = new RopeTable(config, DType.Float64);
        foreach (var length in new[] { 10, Length, 3 * Length, 2 * Length, Length + 1, 5, Length })
        {
            var fresh = new RopeTable(config, DType.Float64);
            used.Ensure(length);
            fresh.Ensure(length);
            used.Sine.Span<double>()[..(length * Head / 2)].ToArray().ShouldBe(fresh.Sine.Span<double>()[..(length * Head / 2)].ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_survives_config_json(string kind)
    {
        using var folder = new TemporaryFolder();
        var config = Plain with { RopeScaling = Scaling(kind) };
        ConfigFile.Write(folder[ConfigFile.Name], config);
        ((LlamaConfig)ConfigFile.Read(folder[ConfigFile.Name])).RopeScaling.ShouldBe(config.RopeScaling);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_that_GGUF_can_say_gives_the_same_frequencies_from_there(string kind)
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var network = LanguageNetwork.Create(Plain with { RopeScaling = Scaling(kind) });
        network.Initialize(1);
        void Save() => GgufModel.Save(folder["m.gguf"], new LanguageModel(network, null, null), GgufMix.ByName("f32"), pool);
        if (kind == "dynamic")
        {
            Should.Throw<InvalidDataException>(Save).Message.ShouldContain("dynamic");
            return;
        }
        Save();
        var (written, read) = ((LlamaConfig)network.Config, (LlamaConfig)ModelPath.ReadConfig(folder["m.gguf"]));
        foreach (var (a, b) in RopeTable.Frequencies(written).Zip(RopeTable.Frequencies(read))) b.ShouldBe(a, a * 1e-6);
        (read.RopeScaling?.Magnitude ?? 1).ShouldBe(written.RopeScaling!.Magnitude, 1e-6);
    }

    private static RopeScaling Scaling(string kind) => kind switch
    {
        "linear" => new LinearRopeScaling(4),
        "llama3" => new Llama3RopeScaling(8, 1, 4, 64),
        "ntk" => new NtkRopeScaling(4),
        "dynamic" => new DynamicNtkRopeScaling(2, Length),
        "yarn" => new YarnRopeScaling(4, 32),
        _ => new YarnRopeScaling(4, 32) { BetaFast = 16, BetaSlow = 2, AttentionFactor = 1.25 },
    };
}
