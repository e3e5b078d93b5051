using FineTune.Simulator.Training;
using FsCheck;
using FsCheck.Fluent;

namespace FineTune.Simulator.Tests.Training;

public sealed class LearningRateScheduleTests
{
    private static readonly string[] Schedulers = ["linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup"];

    // Peak 1e-3, 10 steps of warm-up, 110 in all: written out by hand from transformers.optimization.
    [Theory]
    [InlineData("linear", 10, 1)]
    [InlineData("linear", 35, 0.75)]
    [InlineData("linear", 60, 0.5)]
    [InlineData("linear", 110, 0)]
    [InlineData("linear", 120, 0)]
    [InlineData("cosine", 10, 1)]
    [InlineData("cosine", 35, 0.85355339059327373)]
    [InlineData("cosine", 60, 0.5)]
    [InlineData("cosine", 110, 0)]
    [InlineData("cosine_with_restarts", 10, 1)]
    [InlineData("cosine_with_restarts", 35, 0.85355339059327373)]
    [InlineData("cosine_with_restarts", 109, 0.00024671981713422149)]
    [InlineData("cosine_with_restarts", 110, 0)]
    [InlineData("polynomial", 10, 1)]
    [InlineData("polynomial", 35, 0.750025)]
    [InlineData("polynomial", 60, 0.50005)]
    [InlineData("polynomial", 110, 0.0001)]
    [InlineData("polynomial", 120, 0.0001)]
    [InlineData("constant_with_warmup", 10, 1)]
    [InlineData("constant_with_warmup", 110, 1)]
    public void Factor_after_warmup_follows_the_closed_form(string scheduler, int step, double factor) =>
        Assert.Equal(factor, new LearningRateSchedule(scheduler, 1e-3, 10, 110).Factor(step), 1e-12);

    [Fact]
    public void Factor_during_warmup_rises_linearly_from_zero_except_for_constant() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<PositiveInt>(),
            ArbMap.Default.ArbFor<NonNegativeInt>(),
            (warmup, step) =>
            {
                int at = step.Get % warmup.Get;
                Assert.All(Schedulers.Except(["constant"]), scheduler => Assert.Equal(
                    at / (double)warmup.Get, new LearningRateSchedule(scheduler, 1e-3, warmup.Get, warmup.Get + 5).Factor(at)));
                Assert.Equal(1, new LearningRateSchedule("constant", 1e-3, warmup.Get, warmup.Get + 5).Factor(at));
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Factor_stays_between_zero_and_one_and_never_rises_after_warmup_until_the_last_step() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<NonNegativeInt>(),
            ArbMap.Default.ArbFor<PositiveInt>(),
            (warmup, total) => Assert.All(Schedulers, scheduler =>
            {
                var schedule = new LearningRateSchedule(scheduler, 1e-3, warmup.Get, warmup.Get + total.Get);
                double[] factors = [.. Enumerable.Range(warmup.Get, total.Get + 1).Select(schedule.Factor)];
                Assert.All(factors, factor => Assert.InRange(factor, 0, 1));
                Assert.All(factors.Zip(factors.Skip(1)), pair => Assert.True(pair.Second <= pair.First));
            })).QuickCheckThrowOnFailure();

    [Fact]
    public void Schedule_unknown_name_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LearningRateSchedule("inverse_sqrt", 1e-3, 0, 10));
}
