"""Every call against running services, which scripts/check-clients.mjs starts."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import json
import os
import pickle
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import holdfast

if "HOLDFAST_TEST_FOLDER" not in os.environ:
    pytest.skip("needs the services of scripts/check-clients.mjs", allow_module_level=True)

FOLDER = Path(os.environ["HOLDFAST_TEST_FOLDER"])
EXAMPLE = Path(os.environ["HOLDFAST_TEST_EXAMPLE"])
ACCESS = holdfast.Access(os.environ["HOLDFAST_TEST_ADDRESS"], token_path=FOLDER / "token")
PICTURES = sorted((FOLDER / "images").glob("*/*.png"))
CLASSES = {"speed limit 80": ["a photo of a speed limit 80 sign."], "road work": ["a photo of a road work sign."]}


@pytest.fixture(scope="module")
def client() -> Iterator[holdfast.Client]:
    with holdfast.Client(ACCESS) as client:
        yield client


@pytest.fixture(scope="module")
def events(client: holdfast.Client) -> list[holdfast.Event]:
    """All that is told of a run of a few steps."""
    submitted = client.submit(FOLDER / "plan.yaml", labels={"by": "python"})
    return list(client.watch(submitted, progress=True))


@pytest.fixture(scope="module")
def run(events: list[holdfast.Event]) -> holdfast.Run:
    last = events[-1]
    assert isinstance(last, holdfast.Ended)
    return last.run


def test_a_run_is_watched_from_its_beginning_to_its_end(events: list[holdfast.Event], run: holdfast.Run) -> None:
    assert run.state is holdfast.RunState.COMPLETED, run.failure
    assert run.ended and run.outcome is not None and run.labels == {"by": "python"}
    assert run.start_time is not None and run.end_time is not None and run.start_time <= run.end_time
    sequences = [event.sequence for event in events]
    assert sequences == sorted(set(sequences))
    steps = [event for event in events if isinstance(event, holdfast.StepApplied)]
    assert [step.step for step in steps] == [0, 1, 2, 3]
    assert steps[0].tasks


def test_what_a_run_left_is_read(client: holdfast.Client, run: holdfast.Run) -> None:
    verdict = client.verdict(run)
    assert verdict.outcome is run.outcome
    assert verdict.content["schema"] == "holdfast.verdict/1"
    file = b"".join(client.read_artifact(run, "verdict.json"))
    assert hashlib.sha256(file).hexdigest() == verdict.sha256
    sizes = {artifact.path: artifact.size for artifact in client.artifacts(run)}
    assert sizes["verdict.json"] == len(file)
    frame = holdfast.to_frame(client.steps(run))
    assert list(frame["step"]) == [0, 1, 2, 3]


def test_runs_are_listed_by_label(client: holdfast.Client, run: holdfast.Run) -> None:
    found = list(client.runs(labels={"by": "python"}, states=["completed"]))
    assert run.id in [each.id for each in found]
    assert list(client.runs(labels={"by": "nobody"})) == []
    assert "outcome" in holdfast.to_frame(found)


def test_a_repeated_request_finds_its_run_which_is_cancelled_and_goes_on(client: holdfast.Client) -> None:
    first, again = (client.submit(FOLDER / "long.yaml", request_id="python-once") for _ in range(2))
    assert first == again
    for event in client.watch(first):
        if isinstance(event, holdfast.StepApplied):
            break
    client.cancel(first)
    stopped = client.wait(first)
    assert stopped.state is holdfast.RunState.CANCELLED and stopped.step > 0
    resumed = client.resume(stopped)
    assert resumed.id == first.id and resumed.step == stopped.step
    client.cancel(resumed)
    assert client.wait(resumed).state is holdfast.RunState.CANCELLED


def test_errors_have_their_details(client: holdfast.Client) -> None:
    with pytest.raises(holdfast.InvalidError) as caught:
        client.submit(holdfast.Plan("model: nowhere\ntarget: 7\n", FOLDER.as_uri()))
    error = pickle.loads(pickle.dumps(caught.value))
    assert error.reason == "INVALID" and error.method == "SubmitRun" and error.violations
    with pytest.raises(holdfast.NotFoundError) as missing:
        client.get("00000000-0000-4000-8000-000000000000")
    assert missing.value.reason == "NOT_FOUND"
    with holdfast.Client(holdfast.Access(ACCESS.address, token="wrong")) as stranger:
        with pytest.raises(holdfast.UnauthenticatedError):
            list(stranger.runs())


def test_a_picture_has_the_same_bits_however_it_is_given(client: holdfast.Client) -> None:
    path = PICTURES[0]
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    ways: list[holdfast.images.ImageLike] = [path, str(path), path.read_bytes(), path.as_uri(), picture, np.asarray(picture)]
    found = client.embed("sign", ways, ["a photo of a stop sign."])
    assert found.images is not None and found.texts is not None
    assert found.images.dtype == np.float32 and len(found.images) == len(ways)
    assert (found.images == found.images[0]).all()
    assert np.allclose(np.linalg.norm(found.texts, axis=1), 1, atol=1e-5)
    assert (found.model, found.version) == ("sign", "1")


def test_many_images_are_many_requests_and_one_answer(client: holdfast.Client) -> None:
    many = [PICTURES[i % len(PICTURES)] for i in range(300)]
    scores = client.classify("sign", many, CLASSES, top=2)
    assert len(scores) == 300
    assert all({score.name for score in each} == set(CLASSES) for each in scores)
    assert scores[0] == scores[len(PICTURES)]
    assert sum(score.probability for score in scores[0]) == pytest.approx(1, abs=1e-5)


def test_prepared_images_are_arrays(client: holdfast.Client) -> None:
    pixels = np.zeros((2, 3, 32, 32), np.float32)
    found = client.embed("sign", pixel_values=pixels)
    assert found.images is not None and found.images.shape[0] == 2 and found.texts is None


def test_the_gate_says_what_the_command_line_says(client: holdfast.Client, run: holdfast.Run) -> None:
    """The same models, images and rules have the same verdict and bounds, bit for bit."""
    candidate = run.uri + "/candidate"
    client.load_model("new", candidate, version="7")
    assert any(model.name == "new" for model in client.models().models)
    with open(EXAMPLE / "manifest.csv", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["role"] == "validation"]
    labels = [row["label"] for row in rows]
    with holdfast.Client(
        holdfast.Access(
            os.environ["HOLDFAST_TEST_EVALUATOR"],
            authority_path=FOLDER / "authority.pem",
            certificate_path=FOLDER / "certificate.pem",
            private_key_path=FOLDER / "key.pem",
        )
    ) as evaluator:
        result = client.gate(
            "sign@1",
            "new",
            [EXAMPLE / row["path"] for row in rows],
            labels,
            {label: [f"a photo of a {label} sign."] for label in sorted(set(labels))},
            target="speed limit 80",
            groups=[row["group"] for row in rows],
            tolerance=0.15,
            evaluator=evaluator,
        )
    command = json.loads(os.environ["HOLDFAST_TEST_COMMAND"])
    paths = [str(EXAMPLE / "model"), candidate.removeprefix("file://")]
    said = subprocess.run(
        [*command, "gate", *paths, "--tasks", str(FOLDER / "gate.yaml"), "--json"],
        stdout=subprocess.PIPE,
        check=False,
    )
    expected = json.loads(said.stdout)
    assert result.verdict == expected["outcome"]
    assert said.returncode == (0 if result.released else 2)
    assert {
        task.task: (task.verdict, task.groups, task.accuracy_change, task.lower_bound) for task in result.tasks
    } == {
        task["task"]: (task["verdict"], task["groups"], task["accuracyChange"], task["simultaneousBounds"][0])
        for task in expected["protected"]
    }
    assert result.target_change == expected["target"][0]["accuracyChange"]


def test_asyncio_does_the_same(run: holdfast.Run) -> None:
    async def ask() -> None:
        async with holdfast.AsyncClient(ACCESS) as client:
            embedded, found, listed = await asyncio.gather(
                client.embed("sign", PICTURES[:3]),
                client.get(run),
                _collect(client),
            )
            assert embedded.images is not None and len(embedded.images) == 3
            assert found == run and run.id in listed
            ended = [event async for event in client.watch(run)][-1]
            assert isinstance(ended, holdfast.Ended) and ended.run.id == run.id
            pieces = [piece async for piece in client.read_artifact(run, "verdict.json")]
            assert hashlib.sha256(b"".join(pieces)).hexdigest() == (await client.verdict(run)).sha256
            with pytest.raises(holdfast.NotFoundError):
                await client.get("00000000-0000-4000-8000-000000000000")

    async def _collect(client: holdfast.AsyncClient) -> list[str]:
        return [each.id async for each in client.runs(labels={"by": "python"})]

    asyncio.run(ask())
