using Puna.Experiments.Scaling;
using Puna.Tensors;
using Puna.Training;

namespace Puna.Experiments.Tests.Scaling;

/// <summary>The fits on data whose law is known.</summary>
public class FitTests
{
    private static readonly double[] Budgets = [1e12, 4e12, 1.6e13, 6.4e13];

    [Fact]
    public void A_parabola_finds_the_lowest_point_exactly()
    {
        // L = 0.7 + 0.05·ln(N/N*)², N* = 300,000.
        var fit = IsoFlop.Fit(new[] { 1e5, 2e5, 5e5, 1e6 }.Select(n => new ScalingPoint(6e12, n, 1e12 / n, 0.7 + (0.05 * Math.Pow(Math.Log(n / 3e5), 2))))).ShouldNotBeNull();
        fit.BestParameters.ShouldBe(3e5, 1);
        fit.BestLoss.ShouldBe(0.7, 1e-10);
        fit.BestTokens.ShouldBe(1e12 / 3e5, 10);
        fit.IsInside.ShouldBeTrue();
        fit.Residuals.ShouldAllBe(residual => Math.Abs(residual) < 1e-10);
    }

    [Fact]
    public void Losses_that_only_fall_have_no_best_size_or_one_outside()
    {
        var bent = IsoFlop.Fit(new[] { 1e5, 2e5, 4e5 }.Select(n => new ScalingPoint(1, n, 1, -Math.Pow(Math.Log(n / 1e5), 2)))).ShouldNotBeNull();
        bent.HasMinimum.ShouldBeFalse();
        bent.IsInside.ShouldBeFalse();
        IsoFlop.Fit(new[] { 1e5, 2e5, 4e5 }.Select(n => new ScalingPoint(1, n, 1, Math.Pow(Math.Log(n / 1e6), 2)))).ShouldNotBeNull().IsInside.ShouldBeFalse();
        IsoFlop.Fit([new ScalingPoint(1, 1e5, 1, 1), new ScalingPoint(1, 2e5, 1, 2)]).ShouldBeNull();
    }

    [Fact]
    public void A_power_law_is_recovered()
    {
        var law = PowerLaw.Fit([.. Budgets.Select(c => (c, 0.3 * Math.Pow(c, 0.49)))]).ShouldNotBeNull();
        law.Exponent.ShouldBe(0.49, 1e-10);
        law.Factor.ShouldBe(0.3, 1e-8);
        PowerLaw.Fit([(1, 2)]).ShouldBeNull();
        PowerLaw.Fit([(1, 2), (2, double.NaN)]).ShouldBeNull();
    }

    [Theory]
    [InlineData(0.6, 0.05)]
    [InlineData(1.7, 0.15)]
    [InlineData(0.0, 0.3)]
    public void The_loss_curve_recovers_its_floor_and_exponent(double floor, double exponent)
    {
        var curve = LossCurve.Fit([.. Budgets.Select(c => (c, floor + (2 * Math.Pow(c / 1e12, -exponent))))]).ShouldNotBeNull();
        curve.Exponent.ShouldBe(exponent, 1e-3);
        curve.Irreducible.ShouldBe(floor, 0.01);
        curve.At(2.56e14).ShouldBe(floor + (2 * Math.Pow(256, -exponent)), 1e-3);
    }

    [Theory]
    [InlineData(1.69, 406.4, 410.7, 0.34, 0.28)]
    [InlineData(1.8172, 482.01, 2085.43, 0.3478, 0.3658)]
    [InlineData(0.6, 30, 900, 0.5, 0.6)]
    public void The_law_of_size_and_data_is_recovered(double e, double a, double b, double alpha, double beta)
    {
        var law = new ScalingLaw(e, a, b, alpha, beta);
        var fitted = LawFit.Fit(Ladder(law)).ShouldNotBeNull();
        fitted.Alpha.ShouldBe(alpha, 0.01);
        fitted.Beta.ShouldBe(beta, 0.01);
        fitted.Irreducible.ShouldBe(e, 0.02 * e);
        fitted.SizeExponent.ShouldBe(law.SizeExponent, 0.005);
        fitted.Loss(3e6, 1e8).ShouldBe(law.Loss(3e6, 1e8), 0.005);
    }

    [Fact]
    public void Too_few_runs_give_no_law()
    {
        LawFit.Fit([.. Ladder(ScalingLaw.Chinchilla).Take(4)]).ShouldBeNull();
        LawFit.Fit([.. Ladder(ScalingLaw.Chinchilla).Take(5)]).ShouldBeNull();
        ScalingFit.Of([]).Predict(1e15).ShouldBeNull();
    }

    [Fact]
    public void The_smaller_budgets_predict_the_largest()
    {
        var law = new ScalingLaw(0.6, 30, 900, 0.5, 0.6);
        var points = Ladder(law);
        var prediction = ScalingFit.Of([.. points.Where(point => point.Budget < Budgets[^1])]).Predict(Budgets[^1]).ShouldNotBeNull();
        var truth = law.Optimum(Budgets[^1]);
        prediction.Parameters.ShouldBe(truth.Parameters, 0.05 * truth.Parameters);
        prediction.Tokens.ShouldBe(truth.Tokens, 0.05 * truth.Tokens);
        prediction.Loss!.Value.ShouldBe(law.Loss(truth.Parameters, truth.Tokens), 0.005);
        prediction.LossByLaw!.Value.ShouldBe(law.Loss(truth.Parameters, truth.Tokens), 0.002);
    }

    [Fact]
    public void Nine_of_ten_intervals_hold_the_true_exponent()
    {
        const int Trials = 30;
        var covered = 0;
        for (var trial = 0; trial < Trials; trial++)
        {
            var intervals = Bootstrap.Of(ScalingFit.Of(Noisy(0.5, 0.003, (ulong)trial), withLaw: false), 1);
            var interval = intervals.SizeExponent.ShouldNotBeNull();
            interval.High.ShouldBeGreaterThan(interval.Low);
            if (interval.Low <= 0.5 && 0.5 <= interval.High) covered++;
        }
        // Of thirty at 90 %, fewer than 22 would be one case in about a thousand.
        covered.ShouldBeGreaterThanOrEqualTo(22);
    }

    [Fact]
    public void An_interval_grows_with_the_noise_repeats_and_is_missing_where_nothing_is_left_over()
    {
        Interval Of(double noise) => Bootstrap.Of(ScalingFit.Of(Noisy(0.5, noise, 7), withLaw: false), 1).SizeExponent.ShouldNotBeNull();
        var (narrow, wide) = (Of(0.001), Of(0.01));
        (wide.High - wide.Low).ShouldBeGreaterThan(2 * (narrow.High - narrow.Low));
        Of(0.01).ShouldBe(wide);
        Bootstrap.Of(ScalingFit.Of([.. Noisy(0.5, 0.001, 1).GroupBy(point => point.Budget).SelectMany(group => group.Take(3))]), 1).SizeExponent.ShouldBeNull();
    }

    [Fact]
    public void The_laws_exponents_have_intervals_too()
    {
        var fit = ScalingFit.Of([.. Ladder(new ScalingLaw(0.6, 30, 900, 0.5, 0.6)).Select((point, i) => point with { Loss = point.Loss + (i % 3 == 0 ? 1e-4 : -5e-5) })]);
        var intervals = Bootstrap.Of(fit, 1);
        foreach (var (interval, truth) in new[] { (intervals.Alpha, 0.5), (intervals.Beta, 0.6), (intervals.LawSizeExponent, 0.6 / 1.1) })
        {
            var range = interval.ShouldNotBeNull();
            range.Low.ShouldBeLessThan(truth);
            range.High.ShouldBeGreaterThan(truth);
            (range.High - range.Low).ShouldBeLessThan(0.5);
        }
    }

    /// <summary>Parabolas whose lowest points follow N* ~ C^a exactly, with noise on every loss.</summary>
    private static ScalingPoint[] Noisy(double exponent, double noise, ulong seed)
    {
        var random = new CounterRandom(seed);
        return [.. from budget in Budgets
                   let best = 1e5 * Math.Pow(budget / 1e12, exponent)
                   from share in new[] { 0.3, 0.7, 1.5, 3.5 }
                   let loss = 0.6 + (0.5 * Math.Pow(budget / 1e12, -0.2)) + (0.05 * Math.Pow(Math.Log(share), 2)) + (noise * random.NextNormal())
                   select new ScalingPoint(budget, best * share, budget / 6 / (best * share), loss)];
    }

    /// <summary>Four sizes around the best of each budget, with the law's own losses.</summary>
    private static ScalingPoint[] Ladder(ScalingLaw law) =>
        [.. from budget in Budgets
            let best = law.Optimum(budget).Parameters
            from share in new[] { 0.5, 0.8, 1.25, 2.0 }
            select new ScalingPoint(budget, best * share, budget / 6 / (best * share), law.Loss(best * share, budget / 6 / (best * share)))];
}
