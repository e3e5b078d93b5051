#!/usr/bin/env bash
# Subscribes the app to dropped datasets (infra/dataset-events.bicep), which can be done only once the app runs: before,
# it has no key for the blob extension, and Event Grid's handshake has nobody to answer it. May be run again at any time.
set -euo pipefail

: "${FUNCTION_APP_NAME:?run this by azd: it passes the outputs of infra/main.bicep}"

attempts=8
pause_seconds=30
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

if ! command -v az > /dev/null; then
  echo "The Azure CLI (az) is needed to subscribe the app to dropped datasets. Install it, 'az login', then 'azd hooks run postdeploy'." >&2
  exit 1
fi

for ((attempt = 1; attempt <= attempts; attempt++)); do
  # Wakes the app: the handshake waits for some seconds only.
  curl --silent --show-error --output /dev/null --max-time 60 "${FUNCTION_APP_URI}/api/health" || true

  if error="$(az deployment group create \
    --subscription "${AZURE_SUBSCRIPTION_ID}" \
    --resource-group "${AZURE_RESOURCE_GROUP}" \
    --name finetune-dataset-events \
    --template-file "${here}/../dataset-events.bicep" \
    --parameters \
      functionAppName="${FUNCTION_APP_NAME}" \
      topicName="${DATASET_TOPIC_NAME}" \
      storageAccountName="${DATA_STORAGE_ACCOUNT}" \
      datasetsContainer="${DATASETS_CONTAINER}" \
      deadLetterContainer="${DEAD_LETTER_CONTAINER}" \
    --only-show-errors --output none 2>&1)"; then
    break
  fi

  if ((attempt == attempts)); then
    echo "Datasets that are dropped do not reach the app yet; the timer ReconcileDatasets finds them meanwhile." >&2
    # An answer of Event Grid may quote the address that it called, whose query holds the key.
    sed -E 's/code=[^&"'"'"' ]+/code=***/g' <<< "${error}" >&2
    echo "When the cause is gone: azd hooks run postdeploy" >&2
    exit 1
  fi

  echo "The app does not answer Event Grid yet (attempt ${attempt} of ${attempts}); again in ${pause_seconds} s."
  sleep "${pause_seconds}"
done

cat << END

Ready. Drop a dataset, and a run starts:

  az storage blob upload --auth-mode login --account-name ${DATA_STORAGE_ACCOUNT} --container-name ${DATASETS_CONTAINER} \\
    --name incoming/chat.parquet --file samples/support-chat.parquet

Or ask for one: docs/azure.md, 'First run by HTTP'. The address is ${FUNCTION_APP_URI}/api/runs.
END
