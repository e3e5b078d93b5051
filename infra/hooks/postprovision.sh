#!/usr/bin/env bash
# Says what was made, and what is still open. azd passes the outputs of infra/main.bicep as environment variables.
set -euo pipefail

: "${FUNCTION_APP_NAME:?run this by azd: it passes the outputs of infra/main.bicep}"

echo "Made in resource group ${AZURE_RESOURCE_GROUP}:"
echo "  function app     ${FUNCTION_APP_NAME}"
echo "  data account     ${DATA_STORAGE_ACCOUNT}"
echo "  workspace        ${MACHINE_LEARNING_WORKSPACE} in ${MACHINE_LEARNING_RESOURCE_GROUP}"

if [[ "${SIGN_IN_REQUIRED}" != true ]]; then
  echo "Sign-in is off: whoever has a function key may start, approve and end runs. docs/azure.md, 'Sign-in', turns it on."
fi
if [[ -z "${FINETUNE_ALERT_EMAIL:-}" ]]; then
  echo "Alerts are written to nobody: azd env set FINETUNE_ALERT_EMAIL you@example.com, then azd provision."
fi
if [[ "${MACHINE_LEARNING_WORKSPACE_IS_NEW}" == true ]]; then
  echo "The workspace is new. Quota for GPUs starts at zero in most subscriptions: ask for it before the first run."
fi
