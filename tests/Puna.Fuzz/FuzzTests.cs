namespace Puna.Fuzz;

/// <summary>Damaged files of every kind: only clear sentences, no crash, no hang, no more memory than is stated. The million runs by hand (docs/security.md).</summary>
public class FuzzTests
{
    private const int Ordinary = 20_000, Long = 800_000;

    [Fact]
    public void Damaged_files_are_read_or_refused_with_a_sentence() => Check(Ordinary, 1);

    [Fact, Trait("Category", "Long")]
    public void So_are_many_more() => Check(Long, 2);

    [Fact]
    public void An_input_is_a_function_of_target_seed_and_number()
    {
        foreach (var target in FuzzTargets.Names.Select(FuzzTargets.ByName))
        {
            FuzzCase.BytesOf(target, 1, 7).ShouldBe(FuzzCase.BytesOf(target, 1, 7), target.Name);
            Enumerable.Range(0, 20).Select(number => Convert.ToHexString(FuzzCase.BytesOf(target, 1, number))).Distinct().Count().ShouldBeGreaterThan(10, target.Name);
        }
    }

    [Fact]
    public void A_reader_that_fails_otherwise_takes_too_much_or_stands_still_is_found()
    {
        using var folder = FuzzFolder.Create();
        FuzzCase.Try(new Faulty(_ => throw new InvalidOperationException("x")), [1], folder).Finding.ShouldNotBeNull().ShouldStartWith("InvalidOperationException: x");
        FuzzCase.Try(new Faulty(_ => throw new InvalidDataException("a sentence")), [1], folder).Finding.ShouldBeNull();
        FuzzCase.Try(new Faulty(_ => GC.KeepAlive(new byte[100_000])), [1], folder).Finding.ShouldNotBeNull().ShouldStartWith("allocated");
        FuzzCase.Try(new Faulty(_ => new Puna.Tensors.NativeBuffer(100_000).Dispose()), [1], folder).Finding.ShouldNotBeNull().ShouldStartWith("allocated");
        FuzzCase.Try(new Faulty(_ => { }), [1], folder).Finding.ShouldBeNull();
    }

    [Fact]
    public void A_stack_overflow_and_a_standstill_are_found_with_their_numbers_and_the_rest_still_runs()
    {
        var target = FuzzTargets.ByName(FuzzTargets.SelfTest);
        byte Kind(long number) => FuzzCase.BytesOf(target, 1, number)[0];
        // up to the first of each kind
        var count = Enumerable.Range(0, 4).Max(kind => Enumerable.Range(0, 1000).First(number => Kind(number) == kind)) + 1;
        var report = FuzzCampaign.Run(new FuzzRange(FuzzTargets.SelfTest, 1, 0, count), 1, TimeSpan.FromSeconds(1));
        var expected = Enumerable.Range(0, count).Where(number => Kind(number) is SelfTestTarget.Overflows or SelfTestTarget.StandsStill).Select(number => (long)number);
        report.Findings.Select(finding => finding.Number).ShouldBe(expected);
        foreach (var finding in report.Findings) finding.What.ShouldStartWith(Kind(finding.Number) == SelfTestTarget.Overflows ? "the process ended with" : "took more than 1 s");
    }

    private static void Check(int count, ulong seed)
    {
        var report = FuzzCampaign.Run(new FuzzRange(null, seed, 0, count), Environment.ProcessorCount, FuzzCampaign.LongestInput);
        report.Findings.Take(20).ShouldBeEmpty();
        report.Inputs.ShouldBe(count);
        foreach (var target in report.Targets)
        {
            var share = count / report.Targets.Count;
            target.Inputs.ShouldBeInRange(share, share + 1, target.Target);
            (2 * target.PastHeader).ShouldBeGreaterThanOrEqualTo(target.Inputs, $"{target.Target}: the damage is too much to test anything behind the header");
            // both must happen, or the damage is too little or too much
            target.Refused.ShouldBeGreaterThan(target.Inputs / 20, target.Target);
            target.Read.ShouldBeGreaterThan(target.Inputs / 100, target.Target);
        }
    }

    private sealed class Faulty(Action<byte[]> read) : IFuzzTarget
    {
        public string Name => "faulty";

        public int Multiple => 1;

        public long Constant => 50_000;

        public byte[] Make(Puna.Tensors.CounterRandom random) => [];

        public long Read(byte[] bytes, FuzzFolder folder)
        {
            read(bytes);
            return 0;
        }

        public bool IsPastHeader(byte[] bytes, string? refusal) => true;
    }
}
