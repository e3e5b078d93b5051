namespace FineTune.Workflow.Activities;

/// <summary>Names of a run's records.</summary>
public static class RunRecordNames
{
    /// <summary>The request that the run was planned from.</summary>
    public const string Request = "request.json";

    /// <summary>The dataset report.</summary>
    public const string DatasetReport = "dataset-report.json";

    /// <summary>The dataset report as a page.</summary>
    public const string DatasetReportPage = "dataset-report.html";

    /// <summary>Source files and splits with hashes and URIs.</summary>
    public const string Manifest = "manifest.json";

    /// <summary>Rows of the test split for the smoke test.</summary>
    public const string SmokeRows = "smoke-rows.jsonl";

    /// <summary>Questions, expected answers and answers.</summary>
    public const string SmokeTest = "smoke-test.json";

    /// <summary>Every metric's full curve.</summary>
    public const string Metrics = "metrics.json";

    /// <summary>The end of the container's log of a deployment that failed.</summary>
    public const string DeploymentLog = "deployment.log";

    /// <summary>The run report as data.</summary>
    public const string Report = "report.json";

    /// <summary>The run report as a page.</summary>
    public const string ReportPage = "report.html";
}
