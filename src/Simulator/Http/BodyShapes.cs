namespace FineTune.Simulator.Http;

/// <summary>
/// The bodies that operations take: the members of api-version 2024-04-01, those that later versions have added, and those that clients of
/// earlier versions still send. What only the service writes may be sent back to it.
/// </summary>
internal static class BodyShapes
{
    private static readonly BodyMember[] Resource =
        [Text("id"), Text("name"), Text("type"), Any("systemData"), Text("etag"), Any("zones"), Any("extendedLocation")];

    private static readonly BodyShape Identity = new(
        Required(Text("type")), Text("principalId"), Text("tenantId"), Any("userAssignedIdentities"));

    private static readonly BodyShape Sku = new(
        Required(Text("name")), Word("tier", "Free", "Basic", "Standard", "Premium"), Text("size"), Text("family"), Integer("capacity"));

    private static readonly BodyShape PartialSku = new(
        Text("name"), Word("tier", "Free", "Basic", "Standard", "Premium"), Text("size"), Text("family"), Integer("capacity"));

    private static readonly BodyMember[] Asset =
        [Text("description"), Texts("tags"), Texts("properties"), Flag("isAnonymous"), Flag("isArchived"), Any("autoDeleteSetting"), Text("provisioningState")];

    /// <summary>A cluster.</summary>
    public static BodyShape Compute { get; } = new(
    [
        .. Resource, Text("location"), Texts("tags"), Object("identity", Identity), Object("sku", Sku),
        Required(Object("properties", new BodyShape(
            Required(Text("computeType")), Text("computeLocation"), Text("description"), Text("resourceId"), Flag("disableLocalAuth"), Text("provisioningState"),
            Text("createdOn"), Text("modifiedOn"), Any("provisioningErrors"), Flag("isAttachedCompute"),
            Object("properties", new BodyShape(
                Word("osType", "Linux", "Windows"), Text("vmSize"), Word("vmPriority", "Dedicated", "LowPriority"), Any("virtualMachineImage"), Flag("isolatedNetwork"),
                Object("scaleSettings", new BodyShape(Integer("minNodeCount"), Required(Integer("maxNodeCount")), Duration("nodeIdleTimeBeforeScaleDown"))),
                Object("userAccountCredentials", new BodyShape(Required(Text("adminUserName")), Text("adminUserSshPublicKey"), Text("adminUserPassword"))),
                Object("subnet", new BodyShape(Required(Text("id")))),
                Word("remoteLoginPortPublicAccess", "Enabled", "Disabled", "NotSpecified"), Flag("enableNodePublicIp"), Any("propertyBag"),
                Text("allocationState"), Text("allocationStateTransitionTime"), Any("errors"), Integer("currentNodeCount"), Integer("targetNodeCount"), Any("nodeStateCounts")))))),
    ]);

    /// <summary>A job, whose pipeline is looked at by its submission.</summary>
    public static BodyShape Job { get; } = new(
    [
        .. Resource,
        Required(Object("properties", new BodyShape(
            Required(Word("jobType", "AutoML", "Command", "Labeling", "Sweep", "Pipeline", "Spark", "FineTuning")),
            Text("displayName"), Text("description"), Text("experimentName"), Flag("isArchived"), Texts("properties"), Texts("tags"), Text("computeId"), Text("componentId"),
            Any("identity"), Any("services"), Text("status"), Text("sourceJobId"), Any("notificationSetting"), Any("secretsConfiguration"), Any("schedule"),
            Object("settings", new BodyShape(
                Text("default_compute"), Text("default_datastore"), Flag("continue_on_step_failure"), Flag("force_rerun"), Flag("continue_run_on_failed_optional_input"), Text("_source"),
                Text("on_init"), Text("on_finalize"))),
            Objects("inputs", new BodyShape(
                Required(Text("jobInputType")), Text("value"), Text("uri"), Text("description"),
                Word("mode", "ReadOnlyMount", "ReadWriteMount", "Download", "Direct", "EvalMount", "EvalDownload"), Text("pathOnCompute"))),
            Objects("outputs", new BodyShape(
                Required(Text("jobOutputType")), Text("uri"), Text("description"), Text("assetName"), Text("assetVersion"), Any("autoDeleteSetting"),
                Word("mode", "ReadWriteMount", "Upload", "Direct"), Text("pathOnCompute"))),
            Objects("jobs", new BodyShape(
                Text("name"), Required(Text("type")), Text("_source"), Text("componentId"), Text("computeId"), Text("display_name"), Text("comment"), Texts("tags"), Any("properties"),
                Any("resources"), Any("limits"), Any("distribution"), Any("environment_variables"), Any("identity"), Any("services"),
                Objects("inputs", new BodyShape(
                    Text("job_input_type"), Text("value"), Text("uri"), Word("mode", "ReadOnlyMount", "ReadWriteMount", "Download", "Direct", "EvalMount", "EvalDownload"))),
                Objects("outputs", new BodyShape(
                    Text("type"), Text("value"), Text("job_output_type"), Text("uri"), Word("mode", "ReadWriteMount", "Upload", "Direct")))))))),
    ]);

    /// <summary>A version of a data asset.</summary>
    public static BodyShape Data { get; } = new(
    [
        .. Resource,
        Required(Object("properties", new BodyShape(
        [
            .. Asset, Required(Word("dataType", "uri_file", "uri_folder", "mltable")), Required(Text("dataUri")), Any("referencedUris"), Any("intellectualProperty"), Text("stage"),
        ]))),
    ]);

    /// <summary>A version of a model.</summary>
    public static BodyShape Model { get; } = new(
    [
        .. Resource,
        Required(Object("properties", new BodyShape(
        [
            .. Asset, Text("modelType"), Required(Text("modelUri")), Text("jobName"), Any("flavors"), Text("stage"), Any("datasets"), Any("intellectualProperty"),
        ]))),
    ]);

    /// <summary>A container of versions.</summary>
    public static BodyShape Container { get; } = new(
    [
        .. Resource,
        Required(Object("properties", new BodyShape(
            Text("description"), Texts("tags"), Texts("properties"), Flag("isArchived"), Text("latestVersion"), Text("nextVersion"), Text("provisioningState"),
            Word("dataType", "uri_file", "uri_folder", "mltable")))),
    ]);

    /// <summary>An online endpoint.</summary>
    public static BodyShape Endpoint { get; } = new(
    [
        .. Resource, Required(Text("location")), Texts("tags"), Object("identity", Identity), Text("kind"), Object("sku", Sku),
        Required(Object("properties", new BodyShape(
            Required(Word("authMode", "Key", "AMLToken", "AADToken")), Text("description"), Texts("properties"), Integers("traffic"), Integers("mirrorTraffic"), Text("compute"),
            Word("publicNetworkAccess", "Enabled", "Disabled"), Object("keys", new BodyShape(Text("primaryKey"), Text("secondaryKey"))),
            Text("scoringUri"), Text("swaggerUri"), Text("provisioningState")))),
    ]);

    /// <summary>A change of an online endpoint.</summary>
    public static BodyShape EndpointChange { get; } = new(Texts("tags"), Object("identity", Identity));

    /// <summary>A deployment.</summary>
    public static BodyShape Deployment { get; } = new(
    [
        .. Resource, Required(Text("location")), Texts("tags"), Object("identity", Identity), Text("kind"), Object("sku", Sku),
        Required(Object("properties", new BodyShape(
            Required(Word("endpointComputeType", "Managed", "Kubernetes", "AzureMLCompute")), Text("instanceType"), Text("model"), Text("modelMountPath"), Text("environmentId"),
            Object("codeConfiguration", new BodyShape(Text("codeId"), Required(Text("scoringScript")))), Texts("environmentVariables"), Text("description"), Texts("properties"),
            Flag("appInsightsEnabled"), Object("livenessProbe", Probe()), Object("readinessProbe", Probe()), Object("startupProbe", Probe()),
            Object("requestSettings", new BodyShape(Integer("maxConcurrentRequestsPerInstance"), Duration("maxQueueWait"), Duration("requestTimeout"))),
            Object("scaleSettings", new BodyShape(
                Required(Word("scaleType", "Default", "TargetUtilization")), Integer("minInstances"), Integer("maxInstances"), Duration("pollingInterval"), Integer("targetUtilizationPercentage"))),
            Word("egressPublicNetworkAccess", "Enabled", "Disabled"), Any("dataCollector"), Any("containerResourceRequirements"), Text("provisioningState"),
            Flag("privateNetworkConnection") with { Until = "2022-12-31" }))),
    ]);

    /// <summary>A change of a deployment.</summary>
    public static BodyShape DeploymentChange { get; } = new(Texts("tags"), Object("sku", PartialSku));

    /// <summary>Which key is to be made anew.</summary>
    public static BodyShape RegenerateKeys { get; } = new(Required(Word("keyType", "Primary", "Secondary")), Text("keyValue"));

    /// <summary>Which logs are wanted.</summary>
    public static BodyShape Logs { get; } = new(Word("containerType", "StorageInitializer", "InferenceServer", "ModelDataCollector"), Integer("tail"));

    /// <summary>Which secret is wanted.</summary>
    public static BodyShape Secret { get; } = new(Flag("expirableSecret"), Integer("expireAfterHours"));

    private static BodyShape Probe() => new(
        Integer("failureThreshold"), Integer("successThreshold"), Duration("initialDelay"), Duration("period"), Duration("timeout"), Text("path"), Integer("port"), Text("scheme"), Text("method"));

    private static BodyMember Any(string name) => new(name, MemberKind.Any);

    private static BodyMember Text(string name) => new(name, MemberKind.Text);

    private static BodyMember Flag(string name) => new(name, MemberKind.Flag);

    private static BodyMember Integer(string name) => new(name, MemberKind.Integer);

    private static BodyMember Duration(string name) => new(name, MemberKind.Duration);

    private static BodyMember Texts(string name) => new(name, MemberKind.Texts);

    private static BodyMember Integers(string name) => new(name, MemberKind.Integers);

    private static BodyMember Word(string name, params string[] words) => new(name, MemberKind.Word) { Words = words };

    private static BodyMember Object(string name, BodyShape shape) => new(name, MemberKind.Object) { Shape = shape };

    private static BodyMember Objects(string name, BodyShape shape) => new(name, MemberKind.Objects) { Shape = shape };

    private static BodyMember Required(BodyMember member) => member with { IsRequired = true };
}
