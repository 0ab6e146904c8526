"""The client that waits for answers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TypeVar

import grpc
import numpy.typing as npt
from google.protobuf.message import Message

from . import calls
from .access import Access
from .attempts import Attempts
from .calls import Plan, RunLike
from .errors import HoldfastError, read_error
from .gating import GateResult, GateTerms, make_gate_request
from .images import ImageLike
from .methods import Call, Method
from .models import Embeddings, Model, Models, Score, read_embeddings
from .progress import ProgressBar
from .runs import Artifact, Ended, Event, Outcome, Run, RunState, StepApplied, Submitted, Verdict
from .runs import read_event, read_run, read_step

A = TypeVar("A", bound=Message)
T = TypeVar("T")
#: Seconds that a watcher waits for a controller at least.
_WATCH_WAIT = 60.0


class Client:
    """Calls the services at one address: all of them where one process serves all, as `holdfast up` does.

    Calls are repeated as docs/errors.md says, wait up to `wait` seconds for a connection that is lost, and raise
    `HoldfastError`. One client may be shared by threads.
    """

    def __init__(self, access: Access | str | None = None, *, wait: float = 10.0) -> None:
        self._access = (access if isinstance(access, Access) else Access(access)).resolve()
        self._wait = wait
        credentials, options = self._access.credentials(), self._access.options()
        target = self._access.target()
        self._channel = (
            grpc.insecure_channel(target, options)
            if credentials is None
            else grpc.secure_channel(target, credentials, options)
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection, and whatever goes on over it."""
        self._channel.close()

    def submit(
        self,
        plan: Plan | str | os.PathLike[str],
        *,
        labels: Mapping[str, str] | None = None,
        priority: int = 0,
        caller: str = "",
        run_uri: str | None = None,
        request_id: str | None = None,
    ) -> Submitted:
        """Puts a plan's run into the queue. The same `request_id` again answers with the run that it started."""
        return self._do(calls.submit(plan, labels, priority, caller, run_uri, request_id))

    def resume(self, run: Run | Submitted | str) -> Submitted:
        """Puts a run that stopped into the queue again: a run, or the URI of its folder."""
        return self._do(calls.resume(run))

    def cancel(self, run: RunLike) -> None:
        """Asks a run to stop after its step, with everything saved."""
        self._do(calls.cancel(run))

    def get(self, run: RunLike) -> Run:
        """Where a run stands."""
        return self._do(calls.get_run(run))

    def runs(
        self,
        *,
        states: Iterable[RunState | str] = (),
        outcomes: Iterable[Outcome | str] = (),
        labels: Mapping[str, str] | None = None,
    ) -> Iterator[Run]:
        """The runs that all filters let pass, newest first, page by page as they are asked for."""
        token, more = "", True
        states, outcomes = tuple(states), tuple(outcomes)
        while more:
            page = self._do(calls.list_runs(states, outcomes, labels, token))
            yield from (read_run(run) for run in page.runs)
            token = page.next_page_token
            more = token != ""

    def watch(self, run: RunLike, *, after: int = 0, progress: bool = False) -> Iterator[Event]:
        """What happens in a run until it ends; the last event is `Ended`.

        Where the connection is lost it goes on after the last event that came, if it is back within a minute (or `wait`); where
        the controller answers as many streams as it may, once there is a place. `progress` shows a bar of tqdm.
        """
        bar = ProgressBar(progress)
        method, request = calls.watch(run, after)
        attempts = Attempts(method.repeatable, max(self._wait, _WATCH_WAIT), watches=True)
        try:
            while True:
                try:
                    for response in self._stream(method, request):
                        attempts.restart()
                        _, request = calls.watch(run, response.sequence)
                        event = read_event(response)
                        if event is not None:
                            bar.show(event)
                            yield event
                    return
                except HoldfastError as error:
                    time.sleep(attempts.pause(error))
        finally:
            bar.close()

    def wait(self, run: RunLike, *, progress: bool = False) -> Run:
        """Waits for the end of a run, and says how it ended."""
        for event in self.watch(run, progress=progress):
            if isinstance(event, Ended):
                return event.run
        return self.get(run)

    def steps(self, run: RunLike) -> Iterator[StepApplied]:
        """The steps of a run, from the first, also of one that has ended."""
        first, more = 0, True
        while more:
            page = self._do(calls.list_steps(run, first))
            yield from (read_step(step) for step in page.steps)
            more = page.has_more
            first = page.steps[-1].step + 1 if page.steps else first

    def verdict(self, run: RunLike) -> Verdict:
        """The verdict of a run that is COMPLETED; `NotFoundError` before."""
        return self._do(calls.get_verdict(run))

    def artifacts(self, run: RunLike) -> list[Artifact]:
        """The files of a run, at most 1,000."""
        return self._do(calls.list_artifacts(run))

    def read_artifact(self, run: RunLike, path: str) -> Iterator[bytes]:
        """A file of a run, as `report.html` or `candidate/model.safetensors`, in pieces."""
        offset = 0
        attempts = Attempts(True, self._wait)
        while True:
            try:
                for piece in self._stream(*calls.get_artifact(run, path, offset)):
                    attempts.restart()
                    offset += len(piece.chunk)
                    yield piece.chunk
                return
            except HoldfastError as error:
                time.sleep(attempts.pause(error))

    def models(self) -> Models:
        """What the encoder has loaded."""
        return self._do(calls.list_models())

    def load_model(
        self, name: str, uri: str, *, version: str = "", classes: Mapping[str, Sequence[str]] | None = None
    ) -> Model:
        """Loads a version of a model from a `file:` URI inside the encoder's roots."""
        return self._do(calls.load_model(name, uri, version, classes))

    def unload_model(self, name: str, version: str = "") -> None:
        """Frees a version, or all of a model."""
        self._do(calls.unload_model(name, version))

    def set_alias(self, alias: str, model: str, version: str) -> None:
        """Makes or moves a name that stands for a version."""
        self._do(calls.set_alias(alias, model, version))

    def embed(
        self,
        model: str,
        images: Iterable[ImageLike] = (),
        texts: Sequence[str] = (),
        *,
        pixel_values: npt.ArrayLike | None = None,
        version: str = "",
    ) -> Embeddings:
        """Embeds images and texts. Prepared images are `pixel_values`, [images, 3, side, side]."""
        parts = calls.embed(model, version, images, texts, pixel_values)
        return read_embeddings([self._do(part) for part in parts])

    def classify(
        self,
        model: str,
        images: Iterable[ImageLike],
        classes: Mapping[str, Sequence[str]] | None = None,
        *,
        top: int = 1,
        version: str = "",
    ) -> list[list[Score]]:
        """What each image shows, the best `top` classes first. `classes` are names and their prompts."""
        parts = calls.classify(model, version, images, classes, top)
        return [scores for part in parts for scores in self._do(part)]

    def gate(
        self,
        reference: str,
        candidate: str,
        images: Sequence[ImageLike],
        labels: Sequence[str],
        classes: Mapping[str, Sequence[str]],
        *,
        target: str | None = None,
        groups: Sequence[str] | None = None,
        tolerance: float = 0.05,
        level: float = 0.05,
        evaluator: Client | None = None,
    ) -> GateResult:
        """Judges a served model against another on labelled images: every class but the target is protected.

        `reference` and `candidate` are names, aliases or `name@version`. No ledger counts this judgement:
        `holdfast gate` does (docs/statistics.md).
        """
        terms = GateTerms(labels, classes, target, groups, tolerance, level)
        terms.check(len(images))
        old, new = [
            self.classify(model, images, classes, version=version)
            for model, version in (calls.split_version(reference), calls.split_version(candidate))
        ]
        return (evaluator or self)._do(calls.gate(make_gate_request(terms, old, new)))

    def _do(self, call: Call[T]) -> T:
        method = call.method
        attempts = Attempts(method.repeatable, self._wait, method.deadline)
        send = self._channel.unary_unary(
            method.path, type(call.request).SerializeToString, method.answer.FromString
        )
        while True:
            try:
                answer = send(call.request, timeout=attempts.left(), metadata=self._access.metadata())
            except grpc.RpcError as error:
                time.sleep(attempts.pause(_read_error(error, method.path)))
            else:
                return call.read(answer)

    def _stream(self, method: Method[A], request: Message) -> Iterator[A]:
        send = self._channel.unary_stream(method.path, type(request).SerializeToString, method.answer.FromString)
        answers = send(request, metadata=self._access.metadata())
        try:
            yield from answers
        except grpc.RpcError as error:
            raise _read_error(error, method.path) from None
        finally:
            answers.cancel()


def _read_error(error: grpc.RpcError, path: str) -> HoldfastError:
    assert isinstance(error, grpc.Call)
    return read_error(error.code(), error.details() or "", error.trailing_metadata() or (), path)

