"""Images are sent in parts, and read as they are sent."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import PIL.Image
import pytest

import holdfast
from holdfast.calls import classify, embed
from holdfast.controller.v1 import controller_pb2 as controller
from holdfast.gating import GateTerms
from holdfast.images import split_images, to_image
from holdfast.runs import read_event, read_outcome, read_run
from holdfast.serving.v1 import serving_pb2 as wire

PHOTOGRAPH = b"x" * (10 << 20)


def sizes(images: list[str | bytes]) -> list[int]:
    return [len(part) for part in split_images(images)]


def test_parts_fit_into_a_message() -> None:
    assert sizes([]) == []
    assert sizes(["file:///a.png"] * 600) == [256, 256, 88]
    assert sizes([PHOTOGRAPH] * 7) == [3, 3, 1]
    assert sizes([PHOTOGRAPH, b"x" * (40 << 20), PHOTOGRAPH]) == [1, 1, 1]


def test_all_parts_are_of_the_version_that_answered_the_first() -> None:
    images = ["file:///a.png"] * 600
    embedded = embed("champion", "", images, ["a text"], None)
    next(embedded).read(wire.EmbedResponse(model="sign", version="1"))
    classified = classify("champion", "", images, None, 1)
    next(classified).read(wire.ClassifyResponse(model="sign", version="1"))
    for call in (next(embedded), next(classified)):
        assert isinstance(call.request, (wire.EmbedRequest, wire.ClassifyRequest))
        assert (call.request.model, call.request.version) == ("sign", "1")


def test_one_image_is_no_list() -> None:
    for image in ("a.png", b"png", np.zeros((8, 8, 3), np.uint8)):
        with pytest.raises(TypeError, match=r"\[image\]"):
            sizes(image)  # type: ignore[arg-type]
    assert sizes(np.zeros((3, 8, 8, 3), np.uint8)) == [3]  # type: ignore[arg-type]


def test_of_many_images_one_part_is_read_at_a_time() -> None:
    read = 0

    def photographs() -> Iterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield PHOTOGRAPH

    calls = embed("sign", "", photographs(), ["a sign"], None)
    assert len(next(calls).request.images) == 3  # type: ignore[attr-defined]
    assert read == 4
    assert len(list(calls)) == 33


def test_a_picture_is_turned_as_its_file_is() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(4, 6)
    for orientation, turned in ((1, pixels), (3, np.rot90(pixels, 2)), (6, np.rot90(pixels, -1))):
        exif = PIL.Image.Exif()
        exif[0x0112] = orientation
        file = io.BytesIO()
        PIL.Image.fromarray(pixels).save(file, "PNG", exif=exif)
        sent = PIL.Image.open(io.BytesIO(to_image(PIL.Image.open(file)).data))
        assert np.array_equal(np.asarray(sent), turned)
        assert not sent.getexif()


def test_a_request_of_texts_alone_has_no_images() -> None:
    (call,) = embed("sign", "", [], ["a sign"], None)
    assert call.request.texts.texts == ["a sign"]  # type: ignore[attr-defined]


def test_a_gate_refuses_wrong_terms_before_it_asks_anything() -> None:
    classes = {"stop": ["a stop sign"]}
    with holdfast.Client("127.0.0.1:1", wait=0) as client:
        with pytest.raises(ValueError, match="no class is named yield"):
            client.gate("old", "new", [b""], ["yield"], classes)
        with pytest.raises(ValueError, match="1 images have 2 labels"):
            client.gate("old", "new", [b""], ["stop", "stop"], classes)
        with pytest.raises(ValueError, match="1 images have 0 groups"):
            client.gate("old", "new", [b""], ["stop"], classes, groups=[])
    GateTerms(["stop"], classes, "stop").check(1)


def test_an_outcome_of_a_later_version_is_none() -> None:
    assert read_outcome(1) is holdfast.Outcome.RETAINED
    assert read_outcome(99) is None


def test_runs_and_events_may_be_keys() -> None:
    run = controller.Run(run_id="a", labels={"team": "vision"})
    other = controller.Run(run_id="a", labels={"team": "audio"})
    assert len({read_run(run), read_run(run), read_run(other)}) == 2
    step = controller.StepApplied(tasks=[controller.TaskProgress(task="stop")])
    measured = controller.Measured(tasks=[controller.TaskChange(task="stop")])
    for response in (
        controller.WatchRunResponse(step_applied=step),
        controller.WatchRunResponse(measured=measured),
        controller.WatchRunResponse(ended=controller.Ended(run=run)),
    ):
        assert len({read_event(response), read_event(response)}) == 1
    content = {"outcome": "RETAINED"}
    assert hash(holdfast.Verdict(holdfast.Outcome.RETAINED, "", content, "")) is not None
