"""moto's Step Functions interpreter without the work that it does again and again.

It makes a client for each call of a function, which takes longer than most of the calls, and reads
the text of the definition anew for each execution.
"""

from __future__ import annotations

import threading
from typing import Any

import boto3
from botocore.config import Config
from moto.settings import moto_server_port
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

from whyspike.simulator.aws.principals import INTERPRETER_KEY

MAX_CONNECTIONS = 100  # as many tasks as ask at once

MAX_DEFINITIONS = 20
MOTOS_PARSE = AmazonStateLanguageParser.parse

_lock = threading.Lock()
_clients: dict[tuple[str, str, str], Any] = {}
_trees: dict[str, Any] = {}


def keep_what_is_made_once() -> None:
    """From here on, the interpreter of this process uses clients and definitions again."""
    lambda_eval_utils.boto_client_for = client_for
    AmazonStateLanguageParser.parse = staticmethod(parse)


def parse(definition: str) -> tuple[Any, Any]:
    """AmazonStateLanguageParser.parse; the states, which an execution changes, are always new."""
    if (tree := _trees.get(definition)) is not None:
        return Preprocessor().visit(tree), tree
    program, tree = MOTOS_PARSE(definition)
    if len(_trees) == MAX_DEFINITIONS:
        _trees.clear()
    _trees[definition] = tree
    return program, tree


def client_for(region: str, service: str, state_credentials: object = None) -> Any:  # noqa: ARG001 moto's
    """moto's boto_client_for, with a client that is kept as long as the server is the same."""
    server = f"http://localhost:{moto_server_port()}"
    with _lock:
        if any(address != server for address, _, _ in _clients):
            _clients.clear()
        if (server, region, service) not in _clients:
            _clients[server, region, service] = _made(server, region, service)
        return _clients[server, region, service]


def _made(server: str, region: str, service: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        region_name=region,
        endpoint_url=server,
        aws_access_key_id=INTERPRETER_KEY,
        aws_secret_access_key="sk",  # noqa: S106 signs nothing
        config=Config(
            parameter_validation=False,
            retries={"total_max_attempts": 1},
            connect_timeout=TimeoutSeconds.DEFAULT_TIMEOUT_SECONDS,
            read_timeout=TimeoutSeconds.DEFAULT_TIMEOUT_SECONDS,
            max_pool_connections=MAX_CONNECTIONS,
        ),
    )
