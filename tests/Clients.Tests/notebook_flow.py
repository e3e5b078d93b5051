"""The chat-completion fine-tune of Microsoft's notebook, by Microsoft's own Python SDK, from the registry to the deletion of the endpoint.

Nothing of the SDK is changed. Where it goes is said by the environment, as for any program behind a proxy:

    HTTPS_PROXY         https port of the simulator
    REQUESTS_CA_BUNDLE  the simulator's certificate
    AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET   anything

Usage: notebook_flow.py SUBSCRIPTION RESOURCE_GROUP WORKSPACE
Prints one line for each step, and JSON with what it saw as its last line.
"""

import ast
import json
import sys
import tempfile
import time
import uuid
from pathlib import Path

from azure.ai.ml import Input, MLClient
from azure.ai.ml.constants import AssetTypes
from azure.ai.ml.dsl import pipeline
from azure.ai.ml.entities import (
    AmlCompute,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    Model,
    OnlineRequestSettings,
    ProbeSettings,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import EnvironmentCredential

MODEL = "Phi-4-mini-instruct"
CLUSTER = "gpu-cluster-big"
SIZE = "Standard_NC24ads_A100_v4"
INSTANCE = "Standard_NC4as_T4_v3"


def latest_model(registry):
    """The newest model version. SDK 1.4.0 forgets an argument of its own in models.get(label=...) on a registry; later ones don't."""
    try:
        return registry.models.get(MODEL, label="latest")
    except TypeError:
        return next(iter(registry.models.list(name=MODEL)))


def write_rows(path, count):
    capitals = [("France", "Paris"), ("Spain", "Madrid"), ("Italy", "Rome"), ("Peru", "Lima")]
    with open(path, "w", encoding="utf-8") as rows:
        for i in range(count):
            country, capital = capitals[i % len(capitals)]
            rows.write(json.dumps({
                "prompt_id": uuid.uuid4().hex,
                "messages": [
                    {"role": "user", "content": f"What is the capital of {country}?"},
                    {"role": "assistant", "content": f"The capital of {country} is {capital}."},
                ],
            }) + "\n")


def main(subscription, group, name, folder):
    seen = {}
    credential = EnvironmentCredential()
    credential.get_token("https://management.azure.com/.default")
    workspace = MLClient(credential, subscription, group, name, polling_interval=1, show_progress=False)
    registry = MLClient(credential, registry_name="azureml")

    model = latest_model(registry)
    print("model:", model.id)
    defaults = ast.literal_eval(model.tags["model_specific_defaults"]) if "model_specific_defaults" in model.tags else {}
    print("defaults:", defaults)

    try:
        workspace.compute.get(CLUSTER)
        raise AssertionError("the cluster is there already")
    except ResourceNotFoundError:
        pass
    workspace.compute.begin_create_or_update(
        AmlCompute(name=CLUSTER, size=SIZE, tier="Dedicated", max_instances=2)).wait()
    cluster = workspace.compute.get(CLUSTER)
    assert cluster.provisioning_state == "Succeeded", cluster.provisioning_state
    gpus = next(size.gpus for size in workspace.compute.list_sizes() if size.name.lower() == cluster.size.lower())
    seen["cluster"] = {"size": cluster.size, "gpus": gpus}
    print("cluster:", seen["cluster"])

    write_rows(folder / "train.jsonl", 24)
    write_rows(folder / "test.jsonl", 4)

    component = registry.components.get(name="chat_completion_pipeline", label="latest")
    print("component:", component.id)

    @pipeline()
    def create_pipeline():
        chat_completion_pipeline = component(
            mlflow_model_path=model.id,
            compute_model_import=CLUSTER,
            compute_preprocess=CLUSTER,
            compute_finetune=CLUSTER,
            compute_model_evaluation=CLUSTER,
            train_file_path=Input(type="uri_file", path=str(folder / "train.jsonl")),
            test_file_path=Input(type="uri_file", path=str(folder / "test.jsonl")),
            number_of_gpu_to_use_finetuning=gpus,
            num_train_epochs=3,
            per_device_train_batch_size=1,
            learning_rate=5e-6,
            lr_scheduler_type="cosine",
            apply_lora="true",
            deepspeed_stage=2,
            precision=16,
        )
        return {"trained_model": chat_completion_pipeline.outputs.mlflow_model_folder}

    job = create_pipeline()
    job.settings.force_rerun = True
    job.settings.continue_on_step_failure = False
    job = workspace.jobs.create_or_update(job, experiment_name=f"chat_completion_{MODEL}")
    print("job:", job.name, job.status)
    workspace.jobs.stream(job.name)
    job = workspace.jobs.get(job.name)
    assert job.status == "Completed", job.status
    seen["job"] = {"name": job.name, "outputs": sorted(job.outputs)}

    (node,) = workspace.jobs.list(parent_job_name=job.name)
    steps = list(workspace.jobs.list(parent_job_name=node.name))
    seen["children"] = [step.display_name for step in steps]
    print("children:", node.display_name, seen["children"], {step.status for step in steps})
    assert all(step.status == "Completed" for step in steps)
    assert job.name in [listed.name for listed in workspace.jobs.list()]

    registered = workspace.models.create_or_update(Model(
        path=f"azureml://jobs/{job.name}/outputs/trained_model",
        type=AssetTypes.MLFLOW_MODEL,
        name=f"{MODEL}-ultrachat-200k",
        version=str(int(time.time())),
        description="fine-tuned by the notebook's flow",
    ))
    seen["model"] = registered.id
    again = workspace.models.get(registered.name, label="latest")
    assert again.version == registered.version
    print("registered:", registered.id)

    endpoint_name = "ultrachat-completion-" + str(int(time.time()))
    endpoint = ManagedOnlineEndpoint(name=endpoint_name, description="notebook", auth_mode="key")
    workspace.begin_create_or_update(endpoint).wait()
    deployment = ManagedOnlineDeployment(
        name="demo",
        endpoint_name=endpoint_name,
        model=registered.id,
        instance_type=INSTANCE,
        instance_count=1,
        liveness_probe=ProbeSettings(initial_delay=600),
        request_settings=OnlineRequestSettings(request_timeout_ms=90000),
    )
    workspace.online_deployments.begin_create_or_update(deployment).wait()
    deployed = workspace.online_deployments.get("demo", endpoint_name)
    assert deployed.provisioning_state == "Succeeded", deployed.provisioning_state
    endpoint.traffic = {"demo": 100}
    endpoint = workspace.begin_create_or_update(endpoint).result()
    assert endpoint.traffic == {"demo": 100}, endpoint.traffic
    seen["scoring"] = endpoint.scoring_uri
    print("endpoint:", endpoint.scoring_uri)
    logs = workspace.online_deployments.get_logs("demo", endpoint_name, lines=50)
    assert logs, "no logs"

    request = folder / "sample_score.json"
    request.write_text(json.dumps({
        "input_data": {
            "input_string": [[{"role": "user", "content": "What is the capital of Peru?"}]],
            "parameters": {"temperature": 0.6, "top_p": 0.9, "do_sample": True, "max_new_tokens": 20},
        },
        "params": {},
    }), encoding="utf-8")
    seen["answer"] = json.loads(workspace.online_endpoints.invoke(
        endpoint_name=endpoint_name, deployment_name="demo", request_file=str(request)))
    print("answer:", seen["answer"])
    keys = workspace.online_endpoints.get_keys(endpoint_name)
    assert keys.primary_key and keys.secondary_key and keys.primary_key != keys.secondary_key

    workspace.online_endpoints.begin_delete(name=endpoint_name).wait()
    try:
        workspace.online_endpoints.get(endpoint_name)
        raise AssertionError("the endpoint is still there")
    except HttpResponseError as error:
        assert error.status_code == 404, error
    workspace.compute.begin_delete(CLUSTER).wait()
    print(json.dumps(seen))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        main(*sys.argv[1:4], Path(scratch))
