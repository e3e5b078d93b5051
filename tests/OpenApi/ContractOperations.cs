namespace FineTune.OpenApi;

/// <summary>The operations that the way of a fine-tune is made of, from the base model to the last deletion.</summary>
public static class ContractOperations
{
    /// <summary>Their ids in the documents.</summary>
    public static IReadOnlyList<string> Ids { get; } =
    [
        "Workspaces_Get",
        "VirtualMachineSizes_List", "Usages_List", "Quotas_List",
        "Compute_Get", "Compute_List", "Compute_CreateOrUpdate", "Compute_Delete",
        "Datastores_List", "Datastores_Get", "Datastores_ListSecrets",
        "DataVersions_CreateOrUpdate", "DataVersions_Get",
        "Jobs_CreateOrUpdate", "Jobs_Get", "Jobs_List", "Jobs_Cancel", "Jobs_Delete",
        "ModelVersions_CreateOrUpdate", "ModelVersions_Get", "ModelVersions_List", "ModelContainers_Get",
        "OnlineEndpoints_CreateOrUpdate", "OnlineEndpoints_Get", "OnlineEndpoints_List", "OnlineEndpoints_Update", "OnlineEndpoints_Delete",
        "OnlineEndpoints_ListKeys", "OnlineEndpoints_GetToken", "OnlineEndpoints_RegenerateKeys",
        "OnlineDeployments_CreateOrUpdate", "OnlineDeployments_Get", "OnlineDeployments_List", "OnlineDeployments_Update", "OnlineDeployments_Delete",
        "OnlineDeployments_GetLogs",
        "RegistryModelContainers_Get", "RegistryModelVersions_List", "RegistryModelVersions_Get",
        "RegistryComponentContainers_Get", "RegistryComponentVersions_List", "RegistryComponentVersions_Get",
    ];
}
