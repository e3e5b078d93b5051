// The Azure Resource Manager part of the fine-tune by Microsoft's JavaScript client, @azure/arm-machinelearning: workspace, cluster, sizes,
// datastore, job, model, endpoint, deployment, traffic, keys, deletion. Nothing of the client is changed. Where it goes is said either by the
// environment (HTTPS_PROXY and NODE_EXTRA_CA_CERTS), or by the option endpoint.
//
// Usage: node arm_flow.mjs SUBSCRIPTION RESOURCE_GROUP WORKSPACE API_VERSION PATH_OF_ROWS_IN_DATASTORE FOLDER_OF_NODE_MODULES [ENDPOINT]
// Prints one line for each step, and JSON with what it saw as its last line.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";

const [subscription, group, name, apiVersion, rows, root, endpoint] = process.argv.slice(2);
const require = createRequire(path.join(root, "any.js"));
const { AzureMachineLearningWorkspaces } = require("@azure/arm-machinelearning");
const { ClientSecretCredential } = require("@azure/identity");

const credential = endpoint
  ? { getToken: async () => ({ token: "any", expiresOnTimestamp: Date.now() + 3600_000 }) }
  : new ClientSecretCredential("11111111-2222-3333-4444-555555555555", "client", "secret");
const client = new AzureMachineLearningWorkspaces(credential, subscription, { apiVersion, endpoint });
const poll = { updateIntervalInMs: 200 };
const suffix = apiVersion.replaceAll("-", "");
const seen = { apiVersion };

const workspace = await client.workspaces.get(group, name);
console.log("workspace:", workspace.id, workspace.location);
assert.equal(workspace.provisioningState, "Succeeded");

const cluster = `gpu-${suffix.slice(2)}x`;
await assert.rejects(client.computeOperations.get(group, name, cluster), (error) => error.statusCode === 404 && error.code === "ResourceNotFound");
const compute = await client.computeOperations.beginCreateOrUpdateAndWait(group, name, cluster, {
  location: workspace.location,
  properties: {
    computeType: "AmlCompute",
    properties: {
      osType: "Linux", vmSize: "Standard_NC24ads_A100_v4", vmPriority: "Dedicated",
      scaleSettings: { minNodeCount: 0, maxNodeCount: 2, nodeIdleTimeBeforeScaleDown: "PT5M" },
    },
  },
}, poll);
assert.equal(compute.properties.provisioningState, "Succeeded");
assert.equal(compute.properties.properties.vmSize, "STANDARD_NC24ADS_A100_V4");
const computes = [];
for await (const one of client.computeOperations.list(group, name)) computes.push(one.name);
assert(computes.includes(cluster));
console.log("cluster:", compute.id);

const sizes = (await client.virtualMachineSizes.list(workspace.location)).value;
seen.gpus = sizes.find((size) => size.name === "Standard_NC24ads_A100_v4").gpus;
const usages = [];
for await (const usage of client.usages.list(workspace.location)) usages.push(usage);
const quotas = [];
for await (const quota of client.quotas.list(workspace.location)) quotas.push(quota);
seen.usages = usages.length;
assert(usages.length > 0 && quotas.length > 0);

const stores = [];
for await (const store of client.datastores.list(group, name, { isDefault: true })) stores.push(store.name);
assert.deepEqual(stores, ["workspaceblobstore"]);
const secrets = await client.datastores.listSecrets(group, name, "workspaceblobstore");
assert(secrets.key ?? secrets.sasToken);

const literal = (value) => ({ job_input_type: "literal", value });
const file = (uri) => ({ job_input_type: "uri_file", uri: `azureml://datastores/workspaceblobstore/paths/${uri}` });
const jobName = `js_${suffix}`;
const job = await client.jobs.createOrUpdate(group, name, jobName, {
  properties: {
    jobType: "Pipeline",
    displayName: "by the JavaScript client",
    experimentName: "javascript",
    inputs: {},
    outputs: { trained_model: { jobOutputType: "mlflow_model" } },
    settings: { force_rerun: true, continue_on_step_failure: false },
    jobs: {
      chat_completion_pipeline: {
        name: "chat_completion_pipeline",
        type: "pipeline",
        componentId: "azureml://registries/azureml/components/chat_completion_pipeline/versions/0.0.82",
        inputs: {
          mlflow_model_path: { job_input_type: "mlflow_model", uri: "azureml://registries/azureml/models/Phi-4-mini-instruct/versions/5" },
          train_file_path: file(rows),
          compute_model_import: literal(cluster),
          compute_preprocess: literal(cluster),
          compute_finetune: literal(cluster),
          compute_model_evaluation: literal(cluster),
          number_of_gpu_to_use_finetuning: literal("1"),
        },
        outputs: { mlflow_model_folder: { type: "literal", value: "${{parent.outputs.trained_model}}" } },
      },
    },
  },
});
console.log("job:", job.id, job.properties.status);
let status;
do {
  await new Promise((resolve) => setTimeout(resolve, 300));
  status = (await client.jobs.get(group, name, jobName)).properties.status;
} while (!["Completed", "Failed", "Canceled"].includes(status));
assert.equal(status, "Completed");
const jobs = [];
for await (const one of client.jobs.list(group, name, { jobType: "Pipeline" })) jobs.push(one.name);
assert(jobs.includes(jobName));

const model = await client.modelVersions.createOrUpdate(group, name, "by-javascript", suffix, {
  properties: { modelType: "mlflow_model", modelUri: `azureml://jobs/${jobName}/outputs/trained_model`, description: "by the JavaScript client" },
});
console.log("model:", model.id);
const versions = [];
for await (const version of client.modelVersions.list(group, name, "by-javascript")) versions.push(version.name);
assert(versions.includes(suffix));

const endpointName = `javascript-${suffix}`;
const body = { location: workspace.location, identity: { type: "SystemAssigned" }, properties: { authMode: "Key", traffic: {} } };
await client.onlineEndpoints.beginCreateOrUpdateAndWait(group, name, endpointName, body, poll);
await client.onlineDeployments.beginCreateOrUpdateAndWait(group, name, endpointName, "blue", {
  location: workspace.location,
  sku: { name: "Default", capacity: 1 },
  properties: { endpointComputeType: "Managed", instanceType: "Standard_NC4as_T4_v3", model: model.id, requestSettings: { requestTimeout: "PT1M30S" } },
}, poll);
body.properties.traffic = { blue: 100 };
const routed = await client.onlineEndpoints.beginCreateOrUpdateAndWait(group, name, endpointName, body, poll);
assert.deepEqual(routed.properties.traffic, { blue: 100 });
seen.scoring = routed.properties.scoringUri;
const logs = await client.onlineDeployments.getLogs(group, name, endpointName, "blue", { containerType: "InferenceServer", tail: 10 });
assert(logs.content.length > 0);
const keys = await client.onlineEndpoints.listKeys(group, name, endpointName);
await client.onlineEndpoints.beginRegenerateKeysAndWait(group, name, endpointName, { keyType: "Primary" }, poll);
const later = await client.onlineEndpoints.listKeys(group, name, endpointName);
assert.notEqual(keys.primaryKey, later.primaryKey);
assert.equal(keys.secondaryKey, later.secondaryKey);
const deployments = [];
for await (const one of client.onlineDeployments.list(group, name, endpointName)) deployments.push(one.name);
assert.deepEqual(deployments, ["blue"]);
console.log("endpoint:", seen.scoring);

await client.onlineEndpoints.beginDeleteAndWait(group, name, endpointName, poll);
await assert.rejects(client.onlineEndpoints.get(group, name, endpointName), (error) => error.statusCode === 404);
await client.jobs.beginDeleteAndWait(group, name, jobName, poll);
await client.computeOperations.beginDeleteAndWait(group, name, cluster, "Delete", poll);
console.log(JSON.stringify(seen));
