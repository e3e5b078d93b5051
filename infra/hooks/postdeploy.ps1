# Subscribes the app to dropped datasets (infra/dataset-events.bicep), which can be done only once the app runs: before,
# it has no key for the blob extension, and Event Grid's handshake has nobody to answer it. May be run again at any time.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

if (-not $env:FUNCTION_APP_NAME) {
    throw 'Run this by azd: it passes the outputs of infra/main.bicep.'
}

$attempts = 8
$pauseSeconds = 30
$template = Join-Path $PSScriptRoot '..' 'dataset-events.bicep'

if (-not (Get-Command az -ErrorAction SilentlyContinue)) {
    throw "The Azure CLI (az) is needed to subscribe the app to dropped datasets. Install it, 'az login', then 'azd hooks run postdeploy'."
}

for ($attempt = 1; $attempt -le $attempts; $attempt++) {
    # Wakes the app: the handshake waits for some seconds only.
    try {
        Invoke-WebRequest -Uri "$($env:FUNCTION_APP_URI)/api/health" -TimeoutSec 60 -SkipHttpErrorCheck | Out-Null
    }
    catch {
        Write-Verbose 'Not awake yet.'
    }

    $answer = az deployment group create `
        --subscription $env:AZURE_SUBSCRIPTION_ID `
        --resource-group $env:AZURE_RESOURCE_GROUP `
        --name finetune-dataset-events `
        --template-file $template `
        --parameters `
            functionAppName=$env:FUNCTION_APP_NAME `
            topicName=$env:DATASET_TOPIC_NAME `
            storageAccountName=$env:DATA_STORAGE_ACCOUNT `
            datasetsContainer=$env:DATASETS_CONTAINER `
            deadLetterContainer=$env:DEAD_LETTER_CONTAINER `
        --only-show-errors --output none 2>&1 | Out-String
    if ($LASTEXITCODE -eq 0) {
        break
    }

    if ($attempt -eq $attempts) {
        [Console]::Error.WriteLine('Datasets that are dropped do not reach the app yet; the timer ReconcileDatasets finds them meanwhile.')
        # An answer of Event Grid may quote the address that it called, whose query holds the key.
        [Console]::Error.WriteLine(($answer -replace 'code=[^&"'' ]+', 'code=***'))
        [Console]::Error.WriteLine('When the cause is gone: azd hooks run postdeploy')
        exit 1
    }

    Write-Output "The app does not answer Event Grid yet (attempt $attempt of $attempts); again in $pauseSeconds s."
    Start-Sleep -Seconds $pauseSeconds
}

Write-Output @"

Ready. Drop a dataset, and a run starts:

  az storage blob upload --auth-mode login --account-name $($env:DATA_STORAGE_ACCOUNT) --container-name $($env:DATASETS_CONTAINER) ``
    --name incoming/chat.parquet --file samples/support-chat.parquet

Or ask for one: docs/azure.md, 'First run by HTTP'. The address is $($env:FUNCTION_APP_URI)/api/runs.
"@
