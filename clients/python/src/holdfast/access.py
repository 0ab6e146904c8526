"""How a service is reached: where it is, TLS and the token."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import grpc

#: 64 MiB, as the services take and send.
_MESSAGE_MAX = 64 * 1024 * 1024
_LOOPBACK = re.compile(r"^(localhost|::1|127(\.\d{1,3}){3})$")
_DEFAULT_ADDRESS = "127.0.0.1:50050"


@dataclass(frozen=True)
class Access:
    """Where a service is and how to speak to it. What is not given is what the command line's variables say.

    An empty token is as one that is not given; an empty path is no file, whatever its variable says.
    Any of the three files means TLS. Without, only this machine is called, unless `insecure_behind_mesh` says that others
    encrypt. A token's file is read for every call, so that it may be replaced; an empty one is refused.
    """

    #: `host:port`, or `dns:///name:port`; default HOLDFAST_CONTROLLER, else 127.0.0.1:50050.
    address: str | None = None
    #: The bearer token that it wants, or the file with it in its first line that is not empty (HOLDFAST_TOKEN_PATH).
    token: str | None = field(default=None, repr=False)
    token_path: str | os.PathLike[str] | None = None
    #: Authority of its certificate, PEM (HOLDFAST_AUTHORITY_PATH).
    authority_path: str | os.PathLike[str] | None = None
    #: Certificate to show to it, and its private key, PEM (HOLDFAST_CERTIFICATE_PATH, HOLDFAST_PRIVATE_KEY_PATH).
    certificate_path: str | os.PathLike[str] | None = None
    private_key_path: str | os.PathLike[str] | None = None
    #: A service mesh encrypts (HOLDFAST_INSECURE_BEHIND_MESH=true).
    insecure_behind_mesh: bool | None = None

    def resolve(self, environment: Mapping[str, str] = os.environ) -> Access:
        """This with what the environment says of the rest."""

        def named(value: str | os.PathLike[str] | None, variable: str) -> str | os.PathLike[str] | None:
            return (value if value is not None else environment.get(variable)) or None

        insecure = self.insecure_behind_mesh
        return Access(
            address=self.address or environment.get("HOLDFAST_CONTROLLER") or _DEFAULT_ADDRESS,
            token=self.token,
            token_path=self.token_path if self.token else named(self.token_path, "HOLDFAST_TOKEN_PATH"),
            authority_path=named(self.authority_path, "HOLDFAST_AUTHORITY_PATH"),
            certificate_path=named(self.certificate_path, "HOLDFAST_CERTIFICATE_PATH"),
            private_key_path=named(self.private_key_path, "HOLDFAST_PRIVATE_KEY_PATH"),
            insecure_behind_mesh=(
                insecure if insecure is not None else environment.get("HOLDFAST_INSECURE_BEHIND_MESH") == "true"
            ),
        )

    def target(self) -> str:
        """The address; raises ValueError if it is another machine's and nothing encrypts."""
        address = self.address or _DEFAULT_ADDRESS
        host = re.sub(r":\d+$", "", address.removeprefix("dns:///")).strip("[]")
        if self.credentials() is None and not self.insecure_behind_mesh and not _LOOPBACK.match(host):
            raise ValueError(
                f"{address} is another machine: name the authority of its certificate (authority_path), "
                "or say that a service mesh encrypts (insecure_behind_mesh)"
            )
        return address

    def credentials(self) -> grpc.ChannelCredentials | None:
        """What TLS needs; None without TLS."""
        paths = (self.authority_path, self.private_key_path, self.certificate_path)
        if (self.certificate_path is None) != (self.private_key_path is None):
            raise ValueError("a certificate and its private key are needed together")
        if all(path is None for path in paths):
            return None
        return grpc.ssl_channel_credentials(*(None if path is None else Path(path).read_bytes() for path in paths))

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What every call carries; raises ValueError if the token's file has none."""
        token = self.token
        if not token and self.token_path is not None:
            token = Path(self.token_path).read_text("utf-8").strip().split("\n")[0].strip()
            if not token:
                raise ValueError(f"{os.fspath(self.token_path)}: the file of the token is empty")
        return () if not token else (("authorization", f"Bearer {token}"),)

    def options(self) -> list[tuple[str, int]]:
        """Options of the channel."""
        return [
            ("grpc.max_receive_message_length", _MESSAGE_MAX),
            ("grpc.max_send_message_length", _MESSAGE_MAX),
            # Calls are repeated here, by what the schema says of each.
            ("grpc.enable_retries", 0),
            ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 2000),
            ("grpc.keepalive_time_ms", 60_000),
            ("grpc.keepalive_timeout_ms", 20_000),
            # Plain text must reach this machine only, and not by way of a proxy named in the environment.
            ("grpc.enable_http_proxy", 0 if self.credentials() is None else 1),
        ]
