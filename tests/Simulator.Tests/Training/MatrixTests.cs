using FineTune.Simulator.Training;
using FsCheck;
using FsCheck.Fluent;

namespace FineTune.Simulator.Tests.Training;

public sealed class MatrixTests
{
    [Fact]
    public void Products_of_any_sizes_agree_with_the_definition() =>
        Prop.ForAll(
            Gen.Choose(1, 9).ToArbitrary(),
            Gen.Choose(1, 600).ToArbitrary(),
            Gen.Choose(1, 40).ToArbitrary(),
            (rows, depth, columns) =>
            {
                var random = new Random((rows * 1000) + depth + columns);
                float[] a = Values(random, rows * depth);
                float[] b = Values(random, depth * columns);
                float[] c = Values(random, rows * columns);
                float[] transposed = new float[a.Length];
                float[] viaTransposed = [.. c];
                double[] expected = Array.ConvertAll(c, value => (double)value);
                for (int i = 0; i < rows; i++)
                {
                    for (int d = 0; d < depth; d++)
                    {
                        transposed[(d * rows) + i] = a[(i * depth) + d];
                        for (int j = 0; j < columns; j++)
                        {
                            expected[(i * columns) + j] += (double)a[(i * depth) + d] * b[(d * columns) + j];
                        }
                    }
                }

                Matrix.AddProduct(a, b, c, rows, depth, columns);
                Matrix.AddTransposedProduct(transposed, b, viaTransposed, rows, depth, columns);

                Assert.All(expected.Zip(c), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
                Assert.Equal(c, viaTransposed);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Product_of_matrices_that_are_too_short_is_refused()
    {
        float[] four = new float[4];
        float[] three = new float[3];

        Assert.Throws<ArgumentOutOfRangeException>(() => Matrix.AddProduct(three, four, four, 2, 2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Matrix.AddProduct(four, three, four, 2, 2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Matrix.AddProduct(four, four, three, 2, 2, 2));
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
