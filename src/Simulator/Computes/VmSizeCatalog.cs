namespace FineTune.Simulator.Computes;

/// <summary>The region's VM sizes and the cores that a new subscription may use of each family. Sizes and list prices as published by Azure.</summary>
internal static class VmSizeCatalog
{
    /// <summary>Low-priority nodes cost about a fifth.</summary>
    public const double LowPriorityDiscount = 0.2;

    public static IReadOnlyList<VmSize> All { get; } =
    [
        new("Standard_D12_v2", "standardDv2Family", 4, 0, 28, 204800, 0.371),
        new("Standard_DS2_v2", "standardDSv2Family", 2, 0, 7, 14336, 0.146),
        new("Standard_DS3_v2", "standardDSv2Family", 4, 0, 14, 28672, 0.293),
        new("Standard_DS12_v2", "standardDSv2Family", 4, 0, 28, 57344, 0.371),
        new("Standard_D4s_v3", "standardDSv3Family", 4, 0, 16, 32768, 0.192),
        new("Standard_E4s_v3", "standardESv3Family", 4, 0, 32, 65536, 0.252),
        new("Standard_F4s_v2", "standardFSv2Family", 4, 0, 8, 32768, 0.169),
        new("Standard_NC6", "standardNCFamily", 6, 1, 56, 389120, 0.9),
        new("Standard_NC12", "standardNCFamily", 12, 2, 112, 696320, 1.8),
        new("Standard_NC24", "standardNCFamily", 24, 4, 224, 1474560, 3.6),
        new("Standard_NC24r", "standardNCFamily", 24, 4, 224, 1474560, 3.96),
        new("Standard_NC6s_v3", "standardNCSv3Family", 6, 1, 112, 753664, 3.06),
        new("Standard_NC12s_v3", "standardNCSv3Family", 12, 2, 224, 1507328, 6.12),
        new("Standard_NC24s_v3", "standardNCSv3Family", 24, 4, 448, 3018752, 12.24),
        new("Standard_NC24rs_v3", "standardNCSv3Family", 24, 4, 448, 3018752, 13.464),
        new("Standard_NC4as_T4_v3", "Standard NCASv3_T4 Family", 4, 1, 28, 180224, 0.526),
        new("Standard_NC8as_T4_v3", "Standard NCASv3_T4 Family", 8, 1, 56, 360448, 0.752),
        new("Standard_NC16as_T4_v3", "Standard NCASv3_T4 Family", 16, 1, 110, 360448, 1.204),
        new("Standard_NC64as_T4_v3", "Standard NCASv3_T4 Family", 64, 4, 440, 2883584, 4.352),
        new("Standard_NC24ads_A100_v4", "StandardNCADSA100v4Family", 24, 1, 220, 65536, 3.673),
        new("Standard_NC48ads_A100_v4", "StandardNCADSA100v4Family", 48, 2, 440, 131072, 7.346),
        new("Standard_NC96ads_A100_v4", "StandardNCADSA100v4Family", 96, 4, 880, 262144, 14.692),
        new("Standard_NC40ads_H100_v5", "StandardNCadsH100v5Family", 40, 1, 320, 131072, 6.98),
        new("Standard_NC80adis_H100_v5", "StandardNCadsH100v5Family", 80, 2, 640, 262144, 13.96),
        new("Standard_ND40rs_v2", "standardNDSv2Family", 40, 8, 672, 2959360, 22.032),
        new("Standard_ND96asr_v4", "standardNDASv4_A100Family", 96, 8, 900, 6144000, 27.197),
        new("Standard_ND96amsr_A100_v4", "Standard NDAMSv4_A100Family", 96, 8, 1900, 6553600, 32.77),
        new("Standard_ND96isr_H100_v5", "standardNDv5H100Family", 96, 8, 1900, 28672000, 98.32),
    ];

    // GPU families start at zero in a real subscription. Here those that the fine-tune flow uses by default have been granted,
    // and the dearest have not, so that "ask for quota" is a case one can meet.
    private static readonly Dictionary<string, int> DefaultQuota = new(StringComparer.OrdinalIgnoreCase)
    {
        ["standardDv2Family"] = 100,
        ["standardDSv2Family"] = 100,
        ["standardDSv3Family"] = 100,
        ["standardESv3Family"] = 100,
        ["standardFSv2Family"] = 100,
        ["standardNCFamily"] = 24,
        ["standardNCSv3Family"] = 48,
        ["Standard NCASv3_T4 Family"] = 64,
        ["StandardNCADSA100v4Family"] = 192,
        ["StandardNCadsH100v5Family"] = 80,
        ["standardNDSv2Family"] = 80,
        ["standardNDASv4_A100Family"] = 0,
        ["Standard NDAMSv4_A100Family"] = 0,
        ["standardNDv5H100Family"] = 0,
    };

    public static VmSize? Find(string name) => All.FirstOrDefault(size => size.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public static IEnumerable<string> Families => DefaultQuota.Keys;

    /// <summary>Cores that may be used of a family.</summary>
    public static int Quota(SimulatorOptions options, string family)
    {
        foreach (KeyValuePair<string, int> quota in options.CoreQuota)
        {
            if (quota.Key.Equals(family, StringComparison.OrdinalIgnoreCase))
            {
                return quota.Value;
            }
        }

        return DefaultQuota.GetValueOrDefault(family);
    }
}
