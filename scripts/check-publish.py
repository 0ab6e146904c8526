"""Holds what `holdfast publish` gave to a real MLflow server, to TensorBoard and to the hub against the run's folder.

  python scripts/check-publish.py RUN MLFLOW TENSORBOARD      # libs/publish/python/requirements.txt, tensorboard, huggingface_hub

mlflow's client finds the run with every step's metrics, the artifacts byte for byte, and the registered version, which has the
alias `champion` exactly if it was released. mlflow.pyfunc opens it, and finds the accuracies that `verdict.json` states and
embeddings of length 1. TensorBoard reads the same metrics; huggingface_hub the model card.
"""

import collections
import csv
import json
import pathlib
import sys

import mlflow
import numpy as np
import pandas as pd
from huggingface_hub import ModelCard
from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def check_run(run: pathlib.Path, steps: list[dict]) -> mlflow.entities.Run:
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("holdfast")
    run_id = json.loads((run / "origin.json").read_text())["runId"]
    (found,) = client.search_runs([experiment.experiment_id], f"tags.`holdfast.run_id` = '{run_id}'")
    assert found.info.status == "FINISHED", found.info.status
    assert found.data.params["training.steps"] == str(len(steps)), found.data.params
    history = client.get_metric_history(found.info.run_id, "objective")
    assert [(metric.step, metric.value) for metric in sorted(history, key=lambda metric: metric.step)] == [
        (step["step"], step["objective"]) for step in steps
    ]
    for name in ("report.html", "verdict.json", "plan.yaml"):
        path = download_artifacts(run_id=found.info.run_id, artifact_path=name)
        assert pathlib.Path(path).read_bytes() == (run / name).read_bytes(), name
    return found


def check_version(found: mlflow.entities.Run, verdict: dict) -> None:
    client = mlflow.MlflowClient()
    (version,) = client.search_model_versions(f"name='holdfast' and run_id='{found.info.run_id}'")
    assert version.tags["holdfast.outcome"] == verdict["outcome"], version.tags
    assert version.tags["holdfast.candidate_sha256"] == verdict["candidate"]["sha256"], version.tags
    try:
        champion = client.get_model_version_by_alias("holdfast", "champion").version
    except MlflowException:
        champion = None
    released = verdict["outcome"] == "RETAINED"
    assert (champion == version.version) == released, (champion, version.version, verdict["outcome"])
    print(f"mlflow: version {version.version}, {verdict['outcome']}, champion: {champion}")
    check_model(f"models:/holdfast/{version.version}", verdict)


def check_model(uri: str, verdict: dict) -> None:
    model = mlflow.pyfunc.load_model(uri)
    with open(RUN / "samples.csv", newline="") as file:
        samples = [row for row in csv.DictReader(file) if row["role"] == "validation"]
    files = pd.DataFrame({"image": [pathlib.Path(row["path"]).read_bytes() for row in samples]})
    answers = model.predict(files)
    right, all_of = collections.Counter(), collections.Counter()
    for row, label in zip(samples, answers["label"]):
        all_of[row["label"]] += 1
        right[row["label"]] += label == row["label"]
    for task in verdict["target"] + verdict["protected"]:
        name, expected = task["task"], task["candidateAccuracy"]
        found = right[name] / all_of[name]
        # One image may fall the other way: the sums of two runtimes are rounded in another order.
        assert abs(found - expected) <= 1.5 / all_of[name], (name, found, expected)
    embeddings = np.stack(model.predict(files[:8], params={"embeddings": True})["embedding"])
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    print(f"mlflow.pyfunc: {len(samples)} images, accuracies of {len(all_of)} classes as in verdict.json")


def check_tensorboard(folder: pathlib.Path, steps: list[dict]) -> None:
    (run_folder,) = [path for path in folder.iterdir() if path.is_dir()]
    events = EventAccumulator(str(run_folder), size_guidance={"scalars": 0}).Reload()
    objective = events.Scalars("objective")
    assert [event.step for event in objective] == [step["step"] for step in steps]
    assert np.allclose([event.value for event in objective], [step["objective"] for step in steps], rtol=1e-6)
    print(f"tensorboard: {len(events.Tags()['scalars'])} scalars, {len(objective)} steps")


def check_card(candidate: pathlib.Path, verdict: dict) -> None:
    card = ModelCard.load(candidate / "README.md")
    results = card.data.eval_results
    expected = {task["task"]: task["candidateAccuracy"] for task in verdict["target"] + verdict["protected"]}
    found = {result.dataset_name: result.metric_value for result in results if result.dataset_split == "validation"}
    assert found == expected, (found, expected)
    print(f"huggingface_hub: {len(results)} results in model-index")


RUN, MLFLOW, TENSORBOARD = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
mlflow.set_tracking_uri(MLFLOW)
STEPS = [json.loads(line) for line in (RUN / "metrics.jsonl").read_text().splitlines()]
VERDICT = json.loads((RUN / "verdict.json").read_text())
check_tensorboard(TENSORBOARD, STEPS)
check_card(RUN / "candidate", VERDICT)
check_version(check_run(RUN, STEPS), VERDICT)
