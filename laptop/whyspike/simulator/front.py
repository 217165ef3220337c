"""The one address of the simulation (WSGI): Slack, Claude, the feedback URL and AWS; what nobody
else answers goes to moto.

Every AWS request is tied to its caller by access key and checked against the caller's policies
before anything answers it.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.aws.principals import INTERPRETER_KEY, Principal, Principals
from whyspike.simulator.aws.request import SIGV2, AwsRequest, parse
from whyspike.simulator.aws.responses import Response, error_response, json_response
from whyspike.simulator.aws.services import Services
from whyspike.simulator.faults import Faults
from whyspike.simulator.functions.url import function_url_call
from whyspike.simulator.recorder import Recorder

WORKER_PREFIX = "/_worker/"
# What a service answers that is unwell, or has too much to do; moto has neither.
_UNWELL = {"dynamodb": "InternalServerError", "s3": "InternalError"}
_OVERLOADED = {"dynamodb": "ThrottlingException", "s3": "SlowDown"}
# The error codes that come with another status than 400.
_STATUS = {"InternalServerError": 500, "InternalError": 500, "SlowDown": 503, "NoAnswer": 504}
_NAMES = {"states": "stepfunctions", "monitoring": "cloudwatch", "bedrock": "claude"}


# A simulated service outside AWS (Slack, Claude): (path below its prefix, headers with lower-case
# names, body) -> (status, headers, body).
Endpoint = Callable[[str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], bytes]]


class Front:
    """`interpreter` is the principal of the state machine, known once it is deployed."""

    def __init__(
        self,
        moto: Callable[..., Iterable[bytes]],
        services: Services,
        principals: Principals,
        recorder: Recorder,
        faults: Faults,
        endpoints: Mapping[str, Endpoint],
    ) -> None:
        self._moto = moto
        self._services = services
        self._principals = principals
        self._recorder = recorder
        self._faults = faults
        self._endpoints = endpoints
        self._table = threading.Lock()
        self.interpreter: Principal | None = None

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        path, worker = environ["PATH_INFO"], ""
        if path.startswith(WORKER_PREFIX):
            worker, _, rest = path.removeprefix(WORKER_PREFIX).partition("/")
            path = "/" + rest
        headers = {
            key[5:].replace("_", "-").lower(): value
            for key, value in environ.items()
            if key.startswith("HTTP_")
        }
        headers["content-type"] = environ.get("CONTENT_TYPE", "")
        request = parse(
            environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body
        )
        if request is None:
            response = self._outside_aws(
                environ["REQUEST_METHOD"],
                path,
                environ.get("QUERY_STRING", ""),
                headers,
                body,
                worker,
            )
            return _send(response, start_response)
        return self._aws(request, environ, start_response)

    def _outside_aws(
        self,
        method: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        body: bytes,
        worker: str,
    ) -> Response:
        name, _, rest = path.lstrip("/").partition("/")
        if name == "_simulator":
            return self._administration(method, body)
        if name == "function-url" and self._services.functions:
            return function_url_call(self._services.functions, rest, method, query, headers, body)
        if name not in self._endpoints:
            return json_response(
                {
                    "message": (
                        f"{method} {path}: not signed for AWS, and neither"
                        f" {' nor '.join(self._endpoints)}"
                    )
                },
                404,
            )
        if self._kills(worker, "kill"):
            return Response(503, b"")
        status, answer_headers, answer = self._endpoints[name]("/" + rest, headers, body)
        operation = rest.rsplit("/", 1)[-1]
        account_id = self._services.functions.account_of(worker) if self._services.functions else ""
        principal = worker.rpartition("-")[0]
        self._recorder.add(
            service=name,
            operation=operation,
            account_id=account_id,
            region="",
            status=status,
            principal=principal,
            function=principal,
        )
        self._kills(worker, "kill_after")
        return Response(status, answer, answer_headers)

    def _administration(self, method: str, body: bytes) -> Response:
        if method == "POST":
            for fault, times in json.loads(body).get("faults", {}).items():
                self._faults.set(fault, times)
        return json_response({"faults": self._faults.left(), "requests": self._recorder.entries})

    def _aws(
        self, request: AwsRequest, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        caller: Principal | None = None
        try:
            if request.signature == SIGV2:
                raise AwsError(
                    "InvalidRequest",
                    "The authorization mechanism you have provided is not supported. Please use"
                    " AWS4-HMAC-SHA256.",
                )
            _check_clock(request)
            caller = self._caller(request.access_key)
            self._authorize(request, caller)
            self._fail_as_planned(request, caller)
            if self._kills(caller.worker, "kill"):
                raise AwsError("ServiceUnavailable", "the caller is gone", 503)
            handler = (
                self._bedrock
                if request.service == "bedrock" and "claude" in self._endpoints
                else self._services.of(request)
            )
            if handler is None:
                environ["HTTP_X_MOTO_ACCOUNT_ID"] = caller.account_id
                return self._from_moto(request, caller, environ, start_response)
            response, error = handler(request, caller), ""
        except AwsError as failure:
            error = failure.code
            response = error_response(
                failure,
                request.service,
                query="x-www-form-urlencoded" in request.headers["content-type"],
            )
        self._record(request, caller, response.status, error)
        if caller:
            self._kills(caller.worker, "kill_after")
        return _send(response, start_response)

    def _fail_as_planned(self, request: AwsRequest, caller: Principal) -> None:
        """A planned error of AWS; who looks on (an administrator) meets none."""
        if caller.policies is None:
            return
        if self._faults.take(f"{request.service}:down", caller.name):
            code = _UNWELL.get(request.service, "InternalFailure")
            raise AwsError(code, "We encountered an internal error. Please try again.", 503)
        code = _OVERLOADED.get(request.service, "")
        if code and self._faults.take(f"{request.service}:throttle", caller.name):
            raise AwsError(code, "Reduce your request rate.", 503 if code == "SlowDown" else 400)
        service = _NAMES.get(request.service, request.service)
        if code := self._faults.take_error(service, request.operation, caller.account_id):
            raise AwsError(code, "An error as planned.", _STATUS.get(code, 400))

    def _bedrock(self, request: AwsRequest, _caller: Principal) -> Response:
        status, headers, body = self._endpoints["claude"](
            request.path, request.headers, request.body
        )
        return Response(status, body, headers)

    def _caller(self, access_key: str) -> Principal:
        if access_key == INTERPRETER_KEY and self.interpreter:
            return self.interpreter
        return self._principals.of(access_key)

    def _authorize(self, request: AwsRequest, caller: Principal) -> None:
        if caller.policies is None or request.operation == "GetCallerIdentity":
            return
        default_set = ""
        if request.service == "ses" and self._faults.take("ses:configuration_set"):
            default_set = "default-set"
        for action, resource in request.demands(caller.account_id, default_set):
            allowed = caller.may(action, resource, self._context(request, caller, resource))
            self._recorder.acted(caller.name, action, resource, allowed=allowed)
            if not allowed:
                raise _denied(request, caller, action, resource)

    def _context(self, request: AwsRequest, caller: Principal, resource: str) -> dict[str, str]:
        return {**request.context(), **self._services.organization_keys(caller, resource)}

    def _from_moto(
        self,
        request: AwsRequest,
        caller: Principal,
        environ: dict[str, Any],
        start_response: Callable[..., Any],
    ) -> Iterable[bytes]:
        captured: list[tuple[str, list[tuple[str, str]]]] = []
        with self._alone(request):
            answer = list(
                self._moto(environ, lambda line, headers, *_: captured.append((line, headers)))
            )
        line, headers = captured[-1]
        if line.startswith("404") and request.action == "s3:GetObject":
            self._authorize_absence(request, caller)
        self._record(request, caller, int(line.split()[0]), "")
        self._kills(caller.worker, "kill_after")
        start_response(line, headers)
        return answer

    def _alone(self, request: AwsRequest) -> AbstractContextManager[object]:
        """DynamoDB tests a condition and writes in one step; moto does so only when nobody else
        asks meanwhile."""
        return self._table if request.service == "dynamodb" else nullcontext()

    def _authorize_absence(self, request: AwsRequest, caller: Principal) -> None:
        """S3 tells only those who may list a bucket that an object is not there; to others it is
        denied."""
        bucket = request.resource(caller.account_id).partition("/")[0]
        allowed = caller.may("s3:ListBucket", bucket, self._context(request, caller, bucket))
        if caller.policies is not None:
            self._recorder.acted(caller.name, "s3:ListBucket", bucket, allowed=allowed)
        if not allowed:
            raise _denied(request, caller, "s3:ListBucket", bucket)

    def _record(
        self, request: AwsRequest, caller: Principal | None, status: int, error: str
    ) -> None:
        entry: dict[str, Any] = {
            "service": _NAMES.get(request.service, request.service),
            "operation": request.operation,
            "account_id": caller.account_id if caller else "",
            "region": request.region,
            "status": status,
            "principal": caller.name if caller else "",
            "function": caller.worker.rpartition("-")[0] if caller else "",
        }
        if request.operation == "TransactWriteItems":
            entry["writes"] = len(request.json.get("TransactItems", ()))
        if request.service in ("ce", "cloudtrail"):
            entry["request"] = request.json
        self._recorder.add(**entry, **({"error": error} if error else {}))

    def _kills(self, worker: str, how: str) -> bool:
        """Ends the calling worker where a planned kill says so."""
        if (
            not worker
            or self._services.functions is None
            or not self._faults.take_nth(f"{how}:{worker.rpartition('-')[0]}")
        ):
            return False
        self._services.functions.kill_worker(worker)
        return True


def _check_clock(request: AwsRequest) -> None:
    """A signature is good for five minutes before and after its time, with S3 for fifteen; the
    time of an address that was signed is in its query."""
    stamp = request.headers.get("x-amz-date")
    if not stamp:
        return
    signed = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    off = abs(datetime.now(UTC) - signed)
    if request.service == "s3" and off > timedelta(minutes=15):
        message = "The difference between the request time and the current time is too large."
        raise AwsError("RequestTimeTooSkewed", message, 403)
    if request.service != "s3" and off > timedelta(minutes=5):
        raise AwsError("InvalidSignatureException", f"Signature expired: {stamp}", 403)


def _denied(request: AwsRequest, caller: Principal, action: str, resource: str) -> AwsError:
    old = request.service in ("sts", "s3")
    return AwsError(
        "AccessDenied" if old else "AccessDeniedException",
        f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action",
        403 if old else 400,
    )


def _send(response: Response, start_response: Callable[..., Any]) -> Iterable[bytes]:
    headers = [
        (name, value)
        for name, value in response.headers.items()
        if name.lower() != "content-length"
    ]
    start_response(
        f"{response.status} simulated", [*headers, ("Content-Length", str(len(response.body)))]
    )
    return [response.body]
