namespace Puna.Training.Tests.Planning;

public class ScalingLawTests
{
    private const double GopherFlops = 5.76e23;

    [Fact]
    public void The_printed_law_puts_its_own_optimum_where_its_formula_says()
    {
        var best = ScalingLaw.Chinchilla.Optimum(GopherFlops);
        best.Parameters.ShouldBe(3.219e10, 0.005e10);
        best.Tokens.ShouldBe(2.982e12, 0.005e12);
        best.TrainingFlops.ShouldBe(GopherFlops, 1e-9 * GopherFlops);
    }

    [Fact]
    public void With_unrounded_exponents_it_is_the_papers_forty_billion_and_the_refit_its_seventy()
    {
        (ScalingLaw.Chinchilla with { Alpha = 0.3392, Beta = 0.2849 }).Optimum(GopherFlops).Parameters.ShouldBe(4.031e10, 0.01e10);
        var refit = ScalingLaw.Besiroglu.Optimum(GopherFlops);
        refit.Parameters.ShouldBe(7.22e10, 0.02e10);
        refit.Tokens.ShouldBe(1.33e12, 0.01e12);
        (ScalingLaw.Chinchilla.SizeExponent + ScalingLaw.Chinchilla.DataExponent).ShouldBe(1, 1e-12);
    }

    [Fact]
    public void No_other_split_of_the_compute_has_a_lower_loss()
    {
        foreach (var law in (ScalingLaw[])[ScalingLaw.Chinchilla, ScalingLaw.Besiroglu, new(0.5, 20, 300, 0.5, 0.4)])
            foreach (var flops in (double[])[1e15, 1e20, 1e25])
            {
                var (n, d) = law.Optimum(flops);
                foreach (var factor in (double[])[0.5, 0.99, 1.01, 2]) law.Loss(n, d).ShouldBeLessThan(law.Loss(n * factor, d / factor));
                law.OptimalTokens(n).ShouldBe(d, 1e-9 * d);
                law.TokensFor(n, law.Loss(n, d)).ShouldBe(d, 1e-6 * d);
            }
    }

    [Fact]
    public void The_cheapest_life_without_service_is_Chinchillas_point()
    {
        var best = ScalingLaw.Chinchilla.Optimum(1e22);
        var compute = new LifetimeCompute(ScalingLaw.Chinchilla, ScalingLaw.Chinchilla.Loss(best.Parameters, best.Tokens));
        var life = compute.Best(0);
        life.Model.Parameters.ShouldBe(best.Parameters, 1e-4 * best.Parameters);
        life.Model.Tokens.ShouldBe(best.Tokens, 1e-3 * best.Tokens);
        life.InferenceFlops.ShouldBe(0);
    }

    [Fact]
    public void The_more_is_served_the_smaller_and_the_longer_trained_the_best_model()
    {
        var compute = new LifetimeCompute(ScalingLaw.Besiroglu, 2.2);
        var before = compute.Best(0);
        foreach (var served in (double[])[1e10, 1e11, 1e12, 1e13, 1e15])
        {
            var life = compute.Best(served);
            life.Model.Parameters.ShouldBeLessThan(before.Model.Parameters);
            life.Model.Tokens.ShouldBeGreaterThan(before.Model.Tokens);
            ScalingLaw.Besiroglu.Loss(life.Model.Parameters, life.Model.Tokens).ShouldBe(2.2, 1e-9);
            foreach (var factor in (double[])[0.9, 0.999, 1.001, 1.1])
                compute.Of(life.Model.Parameters * factor, served).TotalFlops.ShouldBeGreaterThanOrEqualTo(life.TotalFlops * (1 - 1e-9));
            before = life;
        }
    }

    [Fact]
    public void At_the_crossing_both_sizes_cost_the_same()
    {
        var compute = new LifetimeCompute(ScalingLaw.Chinchilla, 2.1);
        var size = compute.Best(0).Model.Parameters;
        var served = compute.Crossing(size / 2, size);
        served.ShouldBeGreaterThan(0);
        compute.Of(size / 2, served).TotalFlops.ShouldBe(compute.Of(size, served).TotalFlops, 1e-9 * compute.Of(size, served).TotalFlops);
        compute.Of(size / 2, served * 1.01).TotalFlops.ShouldBeLessThan(compute.Of(size, served * 1.01).TotalFlops);
        compute.Of(ScalingLaw.Chinchilla.LeastParameters(2.1) * 0.99, 1).Model.Tokens.ShouldBe(double.PositiveInfinity);
        compute.Crossing(ScalingLaw.Chinchilla.LeastParameters(2.1) * 0.9, size).ShouldBe(double.PositiveInfinity);
    }

    [Fact]
    public void A_loss_below_the_irreducible_one_is_refused()
    {
        Should.Throw<InvalidDataException>(() => new LifetimeCompute(ScalingLaw.Chinchilla, 1.69)).Message.ShouldContain("irreducible loss is 1.69");
    }
}
