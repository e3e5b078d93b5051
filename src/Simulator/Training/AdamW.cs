using System.Numerics;
using System.Runtime.InteropServices;

namespace FineTune.Simulator.Training;

/// <summary>
/// Stochastic gradient descent with AdamW's step (Loshchilov and Hutter 2019), the component's default optimiser (<c>adamw_torch</c>)
/// with its default betas and epsilon.
/// </summary>
internal sealed class AdamW(int parameterCount)
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.999f;
    private const float Epsilon = 1e-8f;

    private readonly float[] _mean = new float[parameterCount];
    private readonly float[] _square = new float[parameterCount];
    private int _steps;

    /// <summary>Moves the parameters against the gradient.</summary>
    /// <param name="parameters">Changed in place.</param>
    /// <param name="gradient">Of the same length; multiplied by <paramref name="gradientScale"/>.</param>
    /// <param name="gradientScale">What clipping leaves of the gradient, in (0, 1].</param>
    /// <param name="learningRate">Of this step.</param>
    /// <param name="weightDecay">Share of itself, times the rate, that each decaying parameter loses.</param>
    /// <param name="decayingCount">The first so many parameters decay.</param>
    public void Step(Span<float> parameters, ReadOnlySpan<float> gradient, float gradientScale, double learningRate, double weightDecay, int decayingCount)
    {
        _steps++;
        float rate = (float)(learningRate / (1 - Math.Pow(Beta1, _steps)));
        float rootCorrection = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, _steps)));
        float keep = (float)(1 - (learningRate * weightDecay));
        Update(parameters[..decayingCount], gradient[..decayingCount], _mean.AsSpan(0, decayingCount), _square.AsSpan(0, decayingCount), keep);
        Update(parameters[decayingCount..], gradient[decayingCount..], _mean.AsSpan(decayingCount), _square.AsSpan(decayingCount), 1);

        void Update(Span<float> p, ReadOnlySpan<float> g, Span<float> m, Span<float> s, float kept)
        {
            Span<Vector<float>> pv = MemoryMarshal.Cast<float, Vector<float>>(p);
            ReadOnlySpan<Vector<float>> gv = MemoryMarshal.Cast<float, Vector<float>>(g);
            Span<Vector<float>> mv = MemoryMarshal.Cast<float, Vector<float>>(m);
            Span<Vector<float>> sv = MemoryMarshal.Cast<float, Vector<float>>(s);
            for (int i = 0; i < pv.Length; i++)
            {
                Vector<float> slope = gv[i] * gradientScale;
                mv[i] += (slope - mv[i]) * (1 - Beta1);
                sv[i] += ((slope * slope) - sv[i]) * (1 - Beta2);
                pv[i] = (pv[i] * kept) - (mv[i] * rate / ((Vector.SquareRoot(sv[i]) * rootCorrection) + new Vector<float>(Epsilon)));
            }

            for (int i = pv.Length * Vector<float>.Count; i < p.Length; i++)
            {
                float slope = g[i] * gradientScale;
                m[i] += (slope - m[i]) * (1 - Beta1);
                s[i] += ((slope * slope) - s[i]) * (1 - Beta2);
                p[i] = (p[i] * kept) - (m[i] * rate / ((MathF.Sqrt(s[i]) * rootCorrection) + Epsilon));
            }
        }
    }
}
