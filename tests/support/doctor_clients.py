"""Made-up clients and deployments for the doctor, where the simulation cannot go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from botocore.exceptions import ClientError

from tests.cli.test_doctor import deployed
from whyspike.cli.doctor.findings import CannotEnter, CheckResult, Deployed
from whyspike.cli.doctor.organization import Organization

HUB, PAYER, MEMBER = "111122223333", "999988887777", "444455556666"
DAY = date(2026, 11, 6)
ROLE = f"arn:aws:iam::{PAYER}:role/whyspike-organization"
KNOWN = Organization("o-1", PAYER, (HUB, PAYER, MEMBER))


def refused(operation: str, code: str = "AccessDeniedException") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


class Client:
    """A boto3 client: each operation answers what is given for it, or raises it."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers
        self.asked: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            self.asked.append(parameters)
            answer = self._answers[name]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, name: str) -> Any:
        pages = self._answers[name]
        if isinstance(pages, Exception):
            raise pages
        return Client(paginate=pages)


def clients(**services: Client) -> Callable[[str, str], Any]:
    """Clients by service, of the hub; `<service>_<account>`: of another account, which otherwise
    cannot be entered."""

    def client(service: str, account_id: str) -> Any:
        if account_id in {"", HUB}:
            return services[service]
        if f"{service}_{account_id}" in services:
            return services[f"{service}_{account_id}"]
        raise CannotEnter(f"OrganizationAccountAccessRole of {account_id} cannot be assumed")

    return client


def only(found: Any) -> CheckResult:
    (finding,) = found
    return finding  # type: ignore[no-any-return]


ORGANIZATION = {"Organization": {"Id": "o-1", "MasterAccountId": PAYER}}


def with_parameters(**parameters: str) -> Deployed:
    sound = deployed(account_id=HUB)
    roles = {**sound.resources, "DiscoverAccountsRole": "whyspike-DiscoverAccountsRole-3"}
    return deployed(
        account_id=HUB,
        parameters={**sound.parameters, "MemberRoleName": "whyspike-member", **parameters},
        resources=roles,
    )
