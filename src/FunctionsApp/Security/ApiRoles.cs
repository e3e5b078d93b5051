namespace FineTune.FunctionsApp.Security;

/// <summary>App roles in Entra ID, and what the keys of functions stand for.</summary>
public static class ApiRoles
{
    /// <summary>May see runs and their records.</summary>
    public const string Read = "FineTune.Read";

    /// <summary>May start runs and cancel them.</summary>
    public const string Submit = "FineTune.Submit";

    /// <summary>May approve and reject models.</summary>
    public const string Approve = "FineTune.Approve";

    /// <summary>May change how long an endpoint serves.</summary>
    public const string Administer = "FineTune.Administer";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Read, Submit, Approve, Administer];
}
