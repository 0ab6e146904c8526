"""What each method of a client sends, and how its answer is read; the clients differ in how they wait for it."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, Union

import numpy.typing as npt
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from .controller.v1 import controller_pb2 as controller
from .encoder.v1 import encoder_pb2 as encoder
from .evaluator.v1 import evaluator_pb2 as evaluator
from .gating import GateResult, read_gate
from .images import ImageLike, split_images, to_tensor
from .methods import Call, Method, find_method
from .models import Model, Models, Score, read_model, read_models, read_scores, to_classes
from .runs import Artifact, Outcome, Run, RunState, Submitted, Verdict, read_outcome, read_run
from .serving.v1 import serving_pb2 as serving

A = TypeVar("A", bound=Message)
#: A run, what `submit` answered, or a run's id.
RunLike = Union[Run, Submitted, str]

_CONTROLLER: ServiceDescriptor = controller.DESCRIPTOR.services_by_name["ControllerService"]
_SERVING: ServiceDescriptor = serving.DESCRIPTOR.services_by_name["ServingService"]
_EVALUATOR: ServiceDescriptor = evaluator.DESCRIPTOR.services_by_name["EvaluatorService"]


@dataclass(frozen=True)
class Plan:
    """A plan, and the folder that its relative paths start from, as the controller sees it."""

    text: str
    base_uri: str
    name: str = "plan.yaml"

    @staticmethod
    def read(path: str | os.PathLike[str]) -> Plan:
        """A plan's file, where the controller sees the same folders as this program."""
        file = Path(path).resolve()
        return Plan(file.read_text("utf-8"), file.parent.as_uri(), str(path))


def submit(
    plan: Plan | str | os.PathLike[str],
    labels: Mapping[str, str] | None,
    priority: int,
    caller: str,
    run_uri: str | None,
    request_id: str | None,
) -> Call[Submitted]:
    read = plan if isinstance(plan, Plan) else Plan.read(plan)
    request = controller.SubmitRunRequest(
        plan_yaml=read.text,
        plan_name=read.name,
        base_uri=read.base_uri,
        run_uri=run_uri,
        labels=labels,
        priority=priority,
        caller=caller,
        # Chosen once: attempts of one call are one run.
        request_id=request_id or str(uuid.uuid4()),
    )
    method = find_method(_CONTROLLER, "SubmitRun", controller.SubmitRunResponse)
    return Call(method, request, lambda answer: Submitted(answer.run_id, answer.run_uri))


def resume(run: Run | Submitted | str) -> Call[Submitted]:
    uri = run if isinstance(run, str) else run.uri
    method = find_method(_CONTROLLER, "ResumeRun", controller.ResumeRunResponse)
    request = controller.ResumeRunRequest(run_uri=uri)
    return Call(method, request, lambda answer: Submitted(answer.run_id, uri, answer.step))


def cancel(run: RunLike) -> Call[None]:
    method = find_method(_CONTROLLER, "CancelRun", controller.CancelRunResponse)
    return Call(method, controller.CancelRunRequest(run_id=to_id(run)), lambda _answer: None)


def get_run(run: RunLike) -> Call[Run]:
    method = find_method(_CONTROLLER, "GetRun", controller.GetRunResponse)
    return Call(method, controller.GetRunRequest(run_id=to_id(run)), lambda answer: read_run(answer.run))


def list_runs(
    states: Iterable[RunState | str],
    outcomes: Iterable[Outcome | str],
    labels: Mapping[str, str] | None,
    page_token: str,
) -> Call[controller.ListRunsResponse]:
    request = controller.ListRunsRequest(
        page_size=200,
        page_token=page_token,
        states=[f"RUN_STATE_{RunState(state).name}" for state in states],
        outcomes=[f"OUTCOME_{Outcome(outcome).name}" for outcome in outcomes],
        labels=labels,
    )
    method = find_method(_CONTROLLER, "ListRuns", controller.ListRunsResponse)
    return Call(method, request, lambda answer: answer)


def list_steps(run: RunLike, first: int) -> Call[controller.ListStepsResponse]:
    request = controller.ListStepsRequest(run_id=to_id(run), first_step=first, page_size=1000)
    method = find_method(_CONTROLLER, "ListSteps", controller.ListStepsResponse)
    return Call(method, request, lambda answer: answer)


def get_verdict(run: RunLike) -> Call[Verdict]:
    method = find_method(_CONTROLLER, "GetVerdict", controller.GetVerdictResponse)
    return Call(method, controller.GetVerdictRequest(run_id=to_id(run)), _read_verdict)


def _read_verdict(answer: controller.GetVerdictResponse) -> Verdict:
    found = hashlib.sha256(answer.verdict_json.encode()).hexdigest()
    if found != answer.sha256:
        raise ValueError(f"the verdict has sha256 {found}, not {answer.sha256}: it was changed on its way")
    outcome = read_outcome(answer.outcome)
    assert outcome is not None
    return Verdict(outcome, answer.reason, json.loads(answer.verdict_json), answer.sha256)


def list_artifacts(run: RunLike) -> Call[list[Artifact]]:
    method = find_method(_CONTROLLER, "ListArtifacts", controller.ListArtifactsResponse)
    request = controller.ListArtifactsRequest(run_id=to_id(run))
    return Call(method, request, lambda answer: [Artifact(each.path, each.size_bytes) for each in answer.artifacts])


def watch(run: RunLike, after: int) -> tuple[Method[controller.WatchRunResponse], Message]:
    method = find_method(_CONTROLLER, "WatchRun", controller.WatchRunResponse)
    return method, controller.WatchRunRequest(run_id=to_id(run), after_sequence=after)


def get_artifact(run: RunLike, path: str, offset: int) -> tuple[Method[controller.GetArtifactResponse], Message]:
    method = find_method(_CONTROLLER, "GetArtifact", controller.GetArtifactResponse)
    return method, controller.GetArtifactRequest(run_id=to_id(run), path=path, offset_bytes=offset)


def list_models() -> Call[Models]:
    method = find_method(_SERVING, "ListModels", serving.ListModelsResponse)
    return Call(method, serving.ListModelsRequest(), read_models)


def load_model(name: str, uri: str, version: str, classes: Mapping[str, Sequence[str]] | None) -> Call[Model]:
    request = serving.LoadModelRequest(model=name, model_uri=uri, version=version, classes=to_classes(classes))
    method = find_method(_SERVING, "LoadModel", serving.LoadModelResponse)
    return Call(method, request, lambda answer: read_model(answer.model))


def unload_model(name: str, version: str) -> Call[None]:
    method = find_method(_SERVING, "UnloadModel", serving.UnloadModelResponse)
    return Call(method, serving.UnloadModelRequest(model=name, version=version), lambda _answer: None)


def set_alias(alias: str, model: str, version: str) -> Call[None]:
    request = serving.SetAliasRequest(alias=serving.Alias(alias=alias, model=model, version=version))
    return Call(find_method(_SERVING, "SetAlias", serving.SetAliasResponse), request, lambda _answer: None)


def embed(
    model: str,
    version: str,
    images: Iterable[ImageLike],
    texts: Sequence[str],
    pixel_values: npt.ArrayLike | None,
) -> Iterator[Call[serving.EmbedResponse]]:
    """One request, or several where the images are too many for a message: the answer to each is read before the next is made."""
    method = find_method(_SERVING, "Embed", serving.EmbedResponse)
    asked = model, version

    def read(answer: serving.EmbedResponse) -> serving.EmbedResponse:
        nonlocal asked
        # All of them are of one version, whatever is loaded meanwhile.
        asked = answer.model, answer.version
        return answer

    parts = split_images(images)
    request = serving.EmbedRequest(model=model, version=version, images=next(parts, []))
    if pixel_values is not None:
        request.pixel_values.CopyFrom(to_tensor(pixel_values))
    if texts:
        request.texts.CopyFrom(encoder.TextBatch(texts=texts))
    yield Call(method, request, read)
    for part in parts:
        yield Call(method, serving.EmbedRequest(model=asked[0], version=asked[1], images=part), read)


def classify(
    model: str,
    version: str,
    images: Iterable[ImageLike],
    classes: Mapping[str, Sequence[str]] | None,
    top: int,
) -> Iterator[Call[list[list[Score]]]]:
    """One request, or several where the images are too many for a message: the answer to each is read before the next is made."""
    method = find_method(_SERVING, "Classify", serving.ClassifyResponse)
    sent = to_classes(classes)
    asked = model, version

    def read(answer: serving.ClassifyResponse) -> list[list[Score]]:
        nonlocal asked
        # All of them are of one version, whatever is loaded meanwhile.
        asked = answer.model, answer.version
        return read_scores(answer)

    for part in split_images(images):
        request = serving.ClassifyRequest(model=asked[0], version=asked[1], images=part, classes=sent, top=top)
        yield Call(method, request, read)


def gate(request: evaluator.GateRequest) -> Call[GateResult]:
    return Call(find_method(_EVALUATOR, "Gate", evaluator.GateResponse), request, read_gate)


def to_id(run: RunLike) -> str:
    return run if isinstance(run, str) else run.id


def split_version(name: str) -> tuple[str, str]:
    """`name@version` in two; the version may be missing."""
    model, _, version = name.partition("@")
    return model, version
