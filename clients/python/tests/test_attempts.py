"""Calls against a server that fails in ways that are chosen here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

import holdfast
from holdfast.access import Access
from holdfast.attempts import Attempts
from holdfast.controller.v1 import controller_pb2 as wire

SERVICE = "holdfast.controller.v1.ControllerService"
Handler = Callable[[Any, grpc.ServicerContext], Any]
Serve = Callable[..., holdfast.Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server of the given methods and answers a client of it."""
    open_things: list[Any] = []

    def start(**methods: Handler) -> holdfast.Client:
        server = grpc.server(ThreadPoolExecutor(4))
        handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
        for name, handler in methods.items():
            request = getattr(wire, f"{name}Request")
            make = grpc.unary_stream_rpc_method_handler if name == "WatchRun" else grpc.unary_unary_rpc_method_handler
            handlers[name] = make(handler, request.FromString, lambda answer: answer.SerializeToString())
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        client = holdfast.Client(f"127.0.0.1:{port}", wait=2.0)
        open_things.extend([client.close, lambda: server.stop(None).wait()])
        return client

    yield start
    for close in open_things:
        close()


def refuse(context: grpc.ServicerContext, code: grpc.StatusCode, message: str, *details: Any) -> None:
    status = status_pb2.Status(code=code.value[0], message=message)
    for detail in details:
        status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, message)


RETRY = error_details_pb2.RetryInfo(retry_delay=Duration(nanos=10_000_000))


def test_a_refusal_that_says_when_is_repeated(serve: Serve) -> None:
    calls: list[str] = []

    def get_run(request: wire.GetRunRequest, context: grpc.ServicerContext) -> wire.GetRunResponse:
        calls.append(request.run_id)
        if len(calls) < 3:
            refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "full", RETRY)
        return wire.GetRunResponse(run=wire.Run(run_id="a", state=wire.RUN_STATE_TRAINING))

    assert serve(GetRun=get_run).get("a").state is holdfast.RunState.TRAINING
    assert calls == ["a"] * 3


def test_a_refusal_is_repeated_up_to_five_times_in_all(serve: Serve) -> None:
    calls: list[str] = []

    def get_run(request: wire.GetRunRequest, context: grpc.ServicerContext) -> None:
        calls.append(request.run_id)
        refuse(context, grpc.StatusCode.UNAVAILABLE, "starting", RETRY)

    with pytest.raises(holdfast.UnavailableError) as caught:
        serve(GetRun=get_run).get("a")
    assert caught.value.retry_after == 0.01
    assert len(calls) == 5


def test_what_would_fail_again_is_not_repeated_and_names_every_field(serve: Serve) -> None:
    calls: list[str] = []
    info = error_details_pb2.ErrorInfo(
        reason="INVALID", domain="holdfast", metadata={"service": SERVICE, "method": "SubmitRun"}
    )
    violations = [error_details_pb2.BadRequest.FieldViolation(field="labels", description="too many")]
    request_info = error_details_pb2.BadRequest(field_violations=violations)

    def submit(request: wire.SubmitRunRequest, context: grpc.ServicerContext) -> None:
        calls.append(request.request_id)
        refuse(context, grpc.StatusCode.INVALID_ARGUMENT, "the request is wrong", info, request_info)

    with pytest.raises(holdfast.InvalidError) as caught:
        serve(SubmitRun=submit).submit(holdfast.Plan("a: 1", "file:///"))
    error = caught.value
    assert (error.reason, error.service, error.method) == ("INVALID", SERVICE, "SubmitRun")
    assert error.violations == (holdfast.Violation("labels", "too many"),)
    assert "labels: too many" in str(error)
    assert len(calls) == 1


def test_attempts_of_one_submission_are_one_request(serve: Serve) -> None:
    calls: list[str] = []

    def submit(request: wire.SubmitRunRequest, context: grpc.ServicerContext) -> wire.SubmitRunResponse:
        calls.append(request.request_id)
        if len(calls) == 1:
            refuse(context, grpc.StatusCode.UNAVAILABLE, "draining", RETRY)
        return wire.SubmitRunResponse(run_id="a", run_uri="file:///runs/a")

    assert serve(SubmitRun=submit).submit(holdfast.Plan("a: 1", "file:///")).id == "a"
    assert len(calls) == 2 and len(set(calls)) == 1


def test_a_watcher_goes_on_after_the_last_event_that_it_saw(serve: Serve) -> None:
    asked: list[int] = []

    def watch(request: wire.WatchRunRequest, context: grpc.ServicerContext) -> Iterator[wire.WatchRunResponse]:
        asked.append(request.after_sequence)
        if len(asked) == 1:
            yield wire.WatchRunResponse(sequence=7, noted=wire.Noted(message="one"))
            refuse(context, grpc.StatusCode.UNAVAILABLE, "lost its place", RETRY)
        run = wire.Run(run_id="a", state=wire.RUN_STATE_COMPLETED, outcome=wire.OUTCOME_RETAINED)
        yield wire.WatchRunResponse(sequence=9, ended=wire.Ended(run=run))

    events = list(serve(WatchRun=watch).watch("a"))
    assert asked == [0, 7]
    assert isinstance(events[0], holdfast.Noted) and isinstance(events[1], holdfast.Ended)
    assert events[1].run.released


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED])
def test_a_watcher_that_is_sent_away_comes_back_more_than_five_times(
    serve: Serve, code: grpc.StatusCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.attempts.random.uniform", lambda least, _most: least)
    asked: list[int] = []

    def watch(request: wire.WatchRunRequest, context: grpc.ServicerContext) -> Iterator[wire.WatchRunResponse]:
        asked.append(request.after_sequence)
        if len(asked) < 8:
            refuse(context, code, "not now", RETRY)
        yield wire.WatchRunResponse(sequence=9, ended=wire.Ended(run=wire.Run(run_id="a")))

    assert serve(WatchRun=watch).wait("a").id == "a"
    assert len(asked) == 8


def test_a_watcher_gives_up_a_controller_that_sends_it_away_for_long() -> None:
    away = holdfast.UnavailableError("starting", grpc.StatusCode.UNAVAILABLE, retry_after=0.0)
    attempts = Attempts(True, 0.0, watches=True)
    with pytest.raises(holdfast.UnavailableError):
        attempts.pause(away)


def test_nothing_that_listens_is_waited_for_and_said() -> None:
    before = time.monotonic()
    with holdfast.Client("127.0.0.1:1", wait=0.3) as client, pytest.raises(holdfast.UnavailableError):
        client.get("a")
    assert time.monotonic() - before >= 0.3


def test_what_is_not_idempotent_is_never_repeated() -> None:
    error = holdfast.UnavailableError("gone", grpc.StatusCode.UNAVAILABLE, retry_after=0.0)
    with pytest.raises(holdfast.UnavailableError):
        Attempts(False, 60.0).pause(error)
    assert Attempts(True, 60.0).pause(error) >= 0


def test_plain_text_reaches_this_machine_only() -> None:
    far = "trainer.example:50050"
    for address in (far, "trainer.example", f"dns:///{far}", f"dns://localhost/{far}"):
        with pytest.raises(ValueError, match="another machine"):
            Access(address).resolve({}).target()
    assert Access(far, insecure_behind_mesh=True).resolve({}).target()
    assert Access().resolve({"HOLDFAST_CONTROLLER": "localhost:1"}).target() == "localhost:1"
    for host in ("localhost", "127.0.0.1", "[::1]"):
        for address in (host, f"{host}:1", f"dns:///{host}", f"dns:///{host}:1"):
            assert Access(address).resolve({}).target() == address


def test_an_empty_token_leaves_the_file_and_an_empty_path_none(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("secret\n")
    environment = {"HOLDFAST_TOKEN_PATH": str(file)}
    shown = (("authorization", "Bearer secret"),)
    assert Access(token="").resolve(environment).metadata() == shown
    assert Access(token="", token_path=file).resolve({}).metadata() == shown
    assert Access(token="secret").resolve({"HOLDFAST_TOKEN_PATH": "none"}).metadata() == shown
    assert Access(token="").resolve({}).metadata() == ()
    nothing = Access(token_path="", authority_path="").resolve({**environment, "HOLDFAST_AUTHORITY_PATH": "none"})
    assert nothing.metadata() == ()
    assert nothing.credentials() is None


def test_a_file_without_a_token_is_refused_by_name_before_anything_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "token"
    # Nothing listens there.
    with holdfast.Client(Access("127.0.0.1:9", token_path=file), wait=0.1) as client:
        for empty in ("", " \n\n"):
            file.write_text(empty)
            with pytest.raises(ValueError, match="token: the file of the token is empty") as refused:
                client.get("a")
            assert str(file) in str(refused.value)
            with pytest.raises(ValueError, match="is empty"):
                next(iter(client.watch("a")))
    file.write_text("\n secret \r\nold\n")
    assert Access(token_path=file).metadata() == (("authorization", "Bearer secret"),)
