"""Prints how gRPC's client in Python reads errors: one line of JSON for each call. check-errors.mjs calls it.

  python scripts/read-errors.py ADDRESS TOKEN [METHOD:TEXT ...]      # needs grpcio and grpcio-status

METHOD is a path, TEXT the first field of its request.
"""
import json
import sys

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.wrappers_pb2 import StringValue
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpc_status import rpc_status


def read_error(error: grpc.RpcError) -> dict:
    read = {"code": error.code().value[0], "message": error.details()}
    # Raises if the details have another code or message than the call.
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        for kind in (info := ErrorInfo(), retry := RetryInfo(), request := BadRequest()):
            if not detail.Unpack(kind):
                continue
            if kind is info:
                read |= {"reason": info.reason, "domain": info.domain, "metadata": dict(info.metadata)}
            if kind is retry:
                read["retryMs"] = retry.retry_delay.ToMilliseconds()
            if kind is request:
                read["violations"] = [{"field": v.field, "description": v.description} for v in request.field_violations]
    return read


address, token, *calls = sys.argv[1:]
with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
    for call in calls:
        method, text = call.split(":", 1)
        invoke = channel.unary_unary(method, StringValue.SerializeToString, Empty.FromString)
        try:
            invoke(StringValue(value=text), timeout=20, metadata=[("authorization", f"Bearer {token}")])
        except grpc.RpcError as error:
            print(json.dumps(read_error(error)))
        else:
            sys.exit(f"{call} did not fail")
