# `azd down` deletes the resource group. This removes before what stands outside: the app's rights on the workspace and
# the region, and the subscription to the workspace's events. What is gone already is no error.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

if (-not $env:FUNCTION_APP_IDENTITY) {
    throw 'Run this by azd: it passes the outputs of infra/main.bicep.'
}
if (-not (Get-Command az -ErrorAction SilentlyContinue)) {
    throw "The Azure CLI (az) is needed to remove the app's rights outside its resource group: docs/azure.md, 'Remove it all'."
}

$subscription = $env:MACHINE_LEARNING_SUBSCRIPTION

# Endpoints bill until they are deleted, and their runs end with the app.
$group = "/subscriptions/$subscription/resourceGroups/$($env:MACHINE_LEARNING_RESOURCE_GROUP)"
$workspace = "$group/providers/Microsoft.MachineLearningServices/workspaces/$($env:MACHINE_LEARNING_WORKSPACE)"
$endpoints = @(az resource list --subscription $subscription --resource-group $env:MACHINE_LEARNING_RESOURCE_GROUP `
    --resource-type Microsoft.MachineLearningServices/workspaces/onlineEndpoints `
    --query "[?starts_with(name, '$($env:MACHINE_LEARNING_WORKSPACE)/')].name" --output tsv)
if ($endpoints.Count -gt 0 -and $env:FINETUNE_LEAVE_ENDPOINTS -ne 'true') {
    [Console]::Error.WriteLine('These endpoints still exist in the workspace, and without the app nobody deletes them:')
    $endpoints | ForEach-Object { [Console]::Error.WriteLine($_) }
    [Console]::Error.WriteLine("End their runs, or delete them; or, if they are not the app's: azd env set FINETUNE_LEAVE_ENDPOINTS true")
    exit 1
}

if ($env:MACHINE_LEARNING_WORKSPACE_IS_NEW -ne 'true') {
    $topic = "$group/providers/Microsoft.EventGrid/systemTopics/$($env:JOB_TOPIC_NAME)"
    if ($env:JOB_TOPIC_IS_NEW -eq 'true') {
        az resource delete --ids $topic --only-show-errors --output none
    }
    else {
        az resource delete --ids "$topic/eventSubscriptions/$($env:JOB_SUBSCRIPTION_NAME)" --only-show-errors --output none
    }
}

$assignments = @(az role assignment list --subscription $subscription --all `
    --query "[?principalId=='$($env:FUNCTION_APP_IDENTITY)'].id" --output tsv)
if ($assignments.Count -gt 0) {
    az role assignment delete --ids @assignments --only-show-errors --output none
}
$role = ($env:REGION_READER_ROLE -split '/')[-1]
az role definition delete --name $role --scope "/subscriptions/$subscription" --only-show-errors --output none

Write-Output "Nothing of the app is left outside its resource group (workspace: $workspace)."
Write-Output "If you answer no to azd's question now, azd provision gives the app its rights back."
