#!/usr/bin/env bash
# `azd down` deletes the resource group. This removes before what stands outside: the app's rights on the workspace and
# the region, and the subscription to the workspace's events. What is gone already is no error.
set -euo pipefail

: "${FUNCTION_APP_IDENTITY:?run this by azd: it passes the outputs of infra/main.bicep}"

if ! command -v az > /dev/null; then
  echo "The Azure CLI (az) is needed to remove the app's rights outside its resource group: docs/azure.md, 'Remove it all'." >&2
  exit 1
fi

subscription="${MACHINE_LEARNING_SUBSCRIPTION}"

# Endpoints bill until they are deleted, and their runs end with the app.
workspace="/subscriptions/${subscription}/resourceGroups/${MACHINE_LEARNING_RESOURCE_GROUP}/providers/Microsoft.MachineLearningServices/workspaces/${MACHINE_LEARNING_WORKSPACE}"
endpoints="$(az resource list --subscription "${subscription}" --resource-group "${MACHINE_LEARNING_RESOURCE_GROUP}" \
  --resource-type Microsoft.MachineLearningServices/workspaces/onlineEndpoints \
  --query "[?starts_with(name, '${MACHINE_LEARNING_WORKSPACE}/')].name" --output tsv)"
if [[ -n "${endpoints}" && "${FINETUNE_LEAVE_ENDPOINTS:-}" != true ]]; then
  echo "These endpoints still exist in the workspace, and without the app nobody deletes them:" >&2
  echo "${endpoints}" >&2
  echo "End their runs, or delete them; or, if they are not the app's: azd env set FINETUNE_LEAVE_ENDPOINTS true" >&2
  exit 1
fi

if [[ "${MACHINE_LEARNING_WORKSPACE_IS_NEW}" != true ]]; then
  topic="/subscriptions/${subscription}/resourceGroups/${MACHINE_LEARNING_RESOURCE_GROUP}/providers/Microsoft.EventGrid/systemTopics/${JOB_TOPIC_NAME}"
  if [[ "${JOB_TOPIC_IS_NEW}" == true ]]; then
    az resource delete --ids "${topic}" --only-show-errors --output none
  else
    az resource delete --ids "${topic}/eventSubscriptions/${JOB_SUBSCRIPTION_NAME}" --only-show-errors --output none
  fi
fi

assignments="$(az role assignment list --subscription "${subscription}" --all \
  --query "[?principalId=='${FUNCTION_APP_IDENTITY}'].id" --output tsv)"
if [[ -n "${assignments}" ]]; then
  # One id a line, no spaces in it.
  # shellcheck disable=SC2086
  az role assignment delete --ids ${assignments} --only-show-errors --output none
fi
az role definition delete --name "${REGION_READER_ROLE##*/}" --scope "/subscriptions/${subscription}" --only-show-errors --output none

echo "Nothing of the app is left outside its resource group (workspace: ${workspace})."
echo "If you answer no to azd's question now, azd provision gives the app its rights back."
