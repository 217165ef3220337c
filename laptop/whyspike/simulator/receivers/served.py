"""The receivers under names of their own, behind https with a certificate that the functions
trust."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import certifi

from whyspike.simulator.faults import Faults
from whyspike.simulator.functions import network
from whyspike.simulator.receivers.teams import SIGNATURE, TeamsWorkflows
from whyspike.simulator.receivers.tls import HttpsServer, certificate_of
from whyspike.simulator.receivers.webhook import KEY, SILENCE_SECONDS, Answer, WebhookReceiver
from whyspike.simulator.recorder import Recorder

TEAMS, WEBHOOKS, INTRANET = "teams.example", "webhooks.example", "intranet.example"
PRIVATE_ADDRESS = "10.0.0.7"
WEBHOOK_TOKEN = "secretpath-of-a-webhook"  # noqa: S105 of nothing real


class Receivers:
    """`teams` and `webhooks` are the names by which owners choose them. They are served from
    construction until `close`."""

    def __init__(
        self,
        faults: Faults,
        recorder: Recorder,
        teams: Sequence[str],
        webhooks: Sequence[str],
    ) -> None:
        self.teams, self.webhooks = TeamsWorkflows(faults), WebhookReceiver(faults)
        self._recorder = recorder
        self._named = list(teams), list(webhooks)
        self._folder = Path(tempfile.mkdtemp(prefix="whyspike-"))
        certificate, key = certificate_of([TEAMS, WEBHOOKS, INTRANET], self._folder)
        self._trusted = self._folder / "trusted.pem"
        others = Path(os.environ.get("SSL_CERT_FILE") or certifi.where()).read_bytes()
        self._trusted.write_bytes(others + b"\n" + certificate.read_bytes())
        self._server = HttpsServer(self, certificate, key)

    def close(self) -> None:
        self._server.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def forget(self) -> None:
        """Nothing came yet."""
        kept = self.teams.cards, self.teams.failed, self.webhooks.refused
        for each in (*kept, self.webhooks.documents, self.webhooks.repeats):
            each.clear()

    @property
    def secret(self) -> str:
        """What somebody stores in the secret of targets."""
        teams, webhooks = self._named
        entry = {"key": KEY}
        return json.dumps(
            {
                "teams": {
                    name: f"https://{TEAMS}/workflows/{name}?api-version=1&sig={SIGNATURE}"
                    for name in teams
                },
                "webhooks": {
                    name: {"url": f"https://{WEBHOOKS}/{name}?token={WEBHOOK_TOKEN}", **entry}
                    for name in webhooks
                },
            }
        )

    def environment(self) -> dict[str, str]:
        """By which a function finds and trusts them, as it does the public internet."""
        public = dict.fromkeys((TEAMS, WEBHOOKS), network.PUBLIC_ADDRESS)
        names = {**public, INTRANET: PRIVATE_ADDRESS}
        trusted = {"SSL_CERT_FILE": str(self._trusted)}
        return {**network.hosts(self._server.port, names), **trusted}

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """One request (WSGI)."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {
            name[5:].replace("_", "-").lower(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        headers["content-type"] = environ.get("CONTENT_TYPE", "")
        host, path = headers.get("host", ""), environ["PATH_INFO"]
        status, answer_headers, answer = self._answer(environ, host, path, headers, body)
        self._recorder.add(
            service="teams" if host == TEAMS else "webhook",
            operation=path.rpartition("/")[2],
            account_id="",
            region="",
            status=status,
            principal="",
        )
        if not status:
            time.sleep(SILENCE_SECONDS)
            _hang_up(environ)
        start_response(f"{status or 504} simulated", list(answer_headers.items()))
        return [answer]

    def _answer(
        self,
        environ: Mapping[str, Any],
        host: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> Answer:
        if environ["REQUEST_METHOD"] != "POST":
            return 405, {"Allow": "POST"}, b""
        if host == TEAMS:
            return self.teams.handle(path, environ.get("QUERY_STRING", ""), headers, body)
        if host == WEBHOOKS and environ.get("QUERY_STRING") == f"token={WEBHOOK_TOKEN}":
            return self.webhooks.handle(path, headers, body)
        return 404, {}, b""


def _hang_up(environ: Mapping[str, Any]) -> None:
    """Without a byte of an answer."""
    sock: socket.socket = environ["werkzeug.socket"]
    sock.shutdown(socket.SHUT_RDWR)
