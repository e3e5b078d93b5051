# Says what was made, and what is still open. azd passes the outputs of infra/main.bicep as environment variables.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

if (-not $env:FUNCTION_APP_NAME) {
    throw 'Run this by azd: it passes the outputs of infra/main.bicep.'
}

Write-Output "Made in resource group $($env:AZURE_RESOURCE_GROUP):"
Write-Output "  function app     $($env:FUNCTION_APP_NAME)"
Write-Output "  data account     $($env:DATA_STORAGE_ACCOUNT)"
Write-Output "  workspace        $($env:MACHINE_LEARNING_WORKSPACE) in $($env:MACHINE_LEARNING_RESOURCE_GROUP)"

if ($env:SIGN_IN_REQUIRED -ne 'true') {
    Write-Output "Sign-in is off: whoever has a function key may start, approve and end runs. docs/azure.md, 'Sign-in', turns it on."
}
if (-not $env:FINETUNE_ALERT_EMAIL) {
    Write-Output 'Alerts are written to nobody: azd env set FINETUNE_ALERT_EMAIL you@example.com, then azd provision.'
}
if ($env:MACHINE_LEARNING_WORKSPACE_IS_NEW -eq 'true') {
    Write-Output 'The workspace is new. Quota for GPUs starts at zero in most subscriptions: ask for it before the first run.'
}
