"""Who is calling: access keys that the simulation gave out, and the policies that bind their
holders."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from whyspike.simulator.aws.iam import Policy, allows
from whyspike.simulator.aws.models import AwsError

INTERPRETER_KEY = "ak"  # what moto's Step Functions interpreter signs with


@dataclass(frozen=True)
class Principal:
    """`policies` None: the administrator of the account, whom nothing binds."""

    name: str  # the role's logical name: a function, "ScanStateMachine", "MemberRole" or "admin"
    account_id: str
    role_arn: str = ""
    session: str = ""
    policies: Sequence[Policy] | None = field(default=None, repr=False)
    worker: str = ""  # id of the function's worker process
    expires: datetime | None = None

    @property
    def arn(self) -> str:
        if not self.role_arn:
            return f"arn:aws:iam::{self.account_id}:user/admin"
        role = self.role_arn.rsplit("/", 1)[-1]
        return f"arn:aws:sts::{self.account_id}:assumed-role/{role}/{self.session}"

    def may(self, action: str, resource: str, context: dict[str, str]) -> bool:
        return self.policies is None or allows(
            self.policies, action, resource, {"aws:PrincipalArn": self.role_arn, **context}
        )


class Principals:
    """Access key -> principal; safe to use from several threads."""

    def __init__(self) -> None:
        self._known: dict[str, Principal] = {}
        self._lock = threading.Lock()

    def admin_key(self, account_id: str) -> str:
        """The access key of an account's administrator (the person who deploys and looks)."""
        key = f"ADMINKEY{account_id}"
        with self._lock:
            self._known.setdefault(key, Principal("admin", account_id))
        return key

    def issue(self, principal: Principal) -> str:
        """A new temporary access key for the principal."""
        key = "ASIA" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(16))
        self.bind(key, principal)
        return key

    def bind(self, key: str, principal: Principal) -> None:
        with self._lock:
            self._known[key] = principal

    def of(self, key: str) -> Principal:
        """Raises AwsError for a key that nobody was given, and for temporary credentials that are
        over."""
        with self._lock:
            principal = self._known.get(key)
        if principal is None:
            raise AwsError(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                403,
            )
        if principal.expires and principal.expires < datetime.now(UTC):
            raise AwsError(
                "ExpiredTokenException",
                "The security token included in the request is expired",
                403,
            )
        return principal


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)
