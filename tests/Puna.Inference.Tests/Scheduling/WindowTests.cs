using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>A sequence that outgrows its window ends and says so, or slides as asked; it is never cut in silence.</summary>
public class WindowTests
{
    private const int Context = 64, Kept = 6, Most = 150;

    public static TheoryData<string, bool> Kinds
    {
        get
        {
            var kinds = new TheoryData<string, bool>();
            foreach (var kind in (string[])["none", "linear", "ntk", "llama3", "yarn", "dynamic"])
                foreach (var isLlamaEngine in (bool[])[false, true]) kinds.Add(kind, isLlamaEngine);
            return kinds;
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Sliding_is_computing_the_kept_tokens_again(string kind, bool isLlamaEngine)
    {
        using var device = new CpuDevice(1);
        var network = TinyLlama.Network(TinyLlama.Config(context: Context) with { RopeScaling = Scaling(kind) });
        var prompt = TinyLlama.Ids(20);
        using var weights = new NetworkWeights(network);
        using var steps = new Steps(Engine(), new SchedulerOptions { StepTokens = Context });
        var handle = steps.Submit(Plain.Request(prompt, Most, SamplingOptions.Greedy) with { Window = WindowPolicy.Slide, KeptTokens = Kept });
        steps.ToTheEnd();
        Steps.Tokens(handle).ShouldBe(Again(Engine(), prompt));
        var figures = Steps.Figures(handle);
        (figures.Finish, figures.GeneratedTokens, figures.Slides, figures.ForgottenTokens).ShouldBe((RequestFinish.Length, Most, 4, 4 * 29));
        steps.Schedule.Figures.Slides.ShouldBe(4);

        InferenceEngine Engine() => isLlamaEngine ? new LlamaEngine((LlamaConfig)network.Config, weights, device) : new NetworkEngine(network, device);
    }

    [Fact]
    public void Sliding_beside_others_and_with_little_memory_gives_the_same()
    {
        var engine = new FakeEngine(Context, capacity: 130);
        using var steps = new Steps(engine, new SchedulerOptions { MaxSequences = 4, StepTokens = 32, ChunkTokens = 5, SharedTokens = 4, PooledSequences = 2 });
        var handles = Enumerable.Range(1, 6).Select(first => steps.Submit(Plain.Request(Plain.Prompt(first % 3, 9 + first), 200, Plain.Sampled with { Seed = first }) with { Window = WindowPolicy.Slide, KeptTokens = first })).ToArray();
        steps.ToTheEnd();
        foreach (var (handle, seed) in handles.Zip(Enumerable.Range(1, 6))) Steps.Tokens(handle).ShouldBe(Plain.Tokens(handle.Request, Plain.Sampled with { Seed = seed }, Context));
        handles.Sum(handle => Steps.Figures(handle).Preemptions).ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Without_sliding_the_end_of_the_context_is_the_end_and_is_told_with_the_numbers()
    {
        using var steps = new Steps(new FakeEngine(Context));
        var handle = steps.Submit(Plain.Request(Plain.Prompt(1, 20)));
        steps.ToTheEnd();
        Steps.Tokens(handle).ShouldBe(Plain.Tokens(handle.Request, SamplingOptions.Greedy, Context));
        (Steps.Figures(handle).Finish, Steps.Figures(handle).GeneratedTokens).ShouldBe((RequestFinish.ContextFull, 44));
        Steps.Figures(handle).Message.ShouldBe("the context of 64 positions is full: 20 tokens of prompt and 44 generated");
    }

    [Fact]
    public void What_cannot_be_done_is_refused_before_it_waits()
    {
        using var steps = new Steps(new FakeEngine(Context));
        string Refused(SchedulerRequest request) => Should.Throw<InvalidDataException>(() => steps.Submit(request)).Message;
        Refused(Plain.Request([], 5)).ShouldContain("the prompt is empty");
        Refused(Plain.Request(Plain.Prompt(1, 64), 5)).ShouldBe("the prompt has 64 tokens, the context 64: shorten the prompt");
        Refused(Plain.Request(Plain.Prompt(1, 64), 5) with { Window = WindowPolicy.Slide }).ShouldContain("64 tokens, the context 64");
        Refused(Plain.Request([1, 2, 50], 5)).ShouldBe("token 2 of the prompt is 50, the vocabulary has ids from 0 to 49");
        Refused(Plain.Request([1, -1], 5)).ShouldContain("token 1 of the prompt is -1");
        Refused(Plain.Request([1], -1)).ShouldContain("MaxOutputTokens is -1");
        Refused(Plain.Request([1]) with { Window = WindowPolicy.Slide }).ShouldContain("give MaxOutputTokens");
        Refused(Plain.Request([1, 2], 5) with { KeptTokens = 1 }).ShouldContain("the window does not slide");
        Refused(Plain.Request([1, 2], 5) with { Window = WindowPolicy.Slide, KeptTokens = 3 }).ShouldContain("can keep 0 to 2");
        Refused(Plain.Request(Plain.Prompt(1, 63), 5) with { Window = WindowPolicy.Slide, KeptTokens = 61 }).ShouldContain("can keep 0 to 60");
    }

    /// <summary>The same by hand: after each slide all is forgotten, and the tokens that are left are a new prompt.</summary>
    private static int[] Again(InferenceEngine engine, int[] prompt)
    {
        using var generator = new Generator(engine, ownsEngine: true);
        List<int> window = [.. prompt], tokens = [];
        while (tokens.Count < Most)
        {
            var logits = generator.Logits([.. window]);
            var best = 0;
            for (var id = 1; id < logits.Length; id++)
                if (logits[id] > logits[best]) best = id;
            tokens.Add(best);
            window.Add(best);
            if (window.Count < Context) continue;
            window = Plain.Slid(window, Kept, Context);
            generator.Forget();
        }
        return [.. tokens];
    }

    private static RopeScaling? Scaling(string kind) => kind switch
    {
        "linear" => new LinearRopeScaling(4),
        "ntk" => new NtkRopeScaling(4),
        "llama3" => new Llama3RopeScaling(8, 1, 4, 16),
        "yarn" => new YarnRopeScaling(4, 16),
        "dynamic" => new DynamicNtkRopeScaling(2, 32),
        _ => null,
    };
}
