"""The services that moto lacks or answers too kindly, each from a request and its caller to a
response."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from urllib.parse import unquote

from whyspike.simulator.aws import (
    anomaly_detection,
    budgets,
    commitments,
    cost_explorer,
    diagnostics,
    organizations,
)
from whyspike.simulator.aws.cloudtrail import RequestLimit, lookup_events
from whyspike.simulator.aws.event_bus import EventBuses
from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.aws.principals import Principal, Principals
from whyspike.simulator.aws.request import AwsRequest
from whyspike.simulator.aws.responses import Response, json_response, query_response
from whyspike.simulator.aws.roles import assume_role, caller_identity
from whyspike.simulator.faults import Faults
from whyspike.simulator.functions.service import Functions
from whyspike.simulator.organization.commitments_file import Bought
from whyspike.simulator.organization.world import World

ENDLESS = "anomaly_detection:endless"
PAGE_ERRORS = (
    "InvalidNextTokenException",
    "RequestChangedException",
    "BillExpirationException",
    "ExpiredTokenException",
)
_FOR_THE_DOCTOR = {
    ("lambda", "GetAccountSettings"): lambda _request, faults: diagnostics.account_settings(faults),
    ("account", "GetRegionOptStatus"): diagnostics.region_opt_status,
}
READ_TIMEOUT_SECONDS = 35  # longer than the functions' clients wait


class Services:
    """`of(request)` is the handler of a request, or None where moto answers."""

    def __init__(
        self,
        world: World,
        principals: Principals,
        faults: Faults,
        page_size: int = cost_explorer.PAGE_SIZE,
    ) -> None:
        self._world = world
        self._principals = principals
        self._faults = faults
        self._page_size = page_size
        self._lookups = RequestLimit()
        self._detector = anomaly_detection.AnomalyDetection()
        self._ce = {
            "ListCostAllocationTags": self._cost_allocation_tags,
            **dict.fromkeys(anomaly_detection.OPERATIONS, self._anomaly_detection),
        }
        self.buses = EventBuses(faults)
        self.functions: Functions | None = None  # from the deployment on
        self._ours = {
            ("events", "PutEvents"): self._put_events,
            ("lambda", "InvokeFunction"): self._invoke,
        }

    def of(self, request: AwsRequest) -> Callable[[AwsRequest, Principal], Response] | None:
        whole = {"organizations": self._organizations, "budgets": self._budgets}
        if request.service in whole:
            return whole[request.service]
        if commitments.is_known(request):
            return self._commitments
        match request.service, request.operation:
            case "ce", operation:
                return self._ce.get(operation, self._cost_explorer)
            case "cloudformation", "DescribeOrganizationsAccess":
                return self._organizations_access
            case "cloudtrail", "LookupEvents":
                return self._cloudtrail
            case "sts", "AssumeRole":
                return lambda request, caller: assume_role(
                    request, caller, self._world, self._principals, self._faults
                )
            case "sts", "GetCallerIdentity":
                return lambda _request, caller: caller_identity(caller)
        if (request.service, request.operation) in self._ours:
            return self._ours[request.service, request.operation]
        answering = _FOR_THE_DOCTOR.get((request.service, request.operation))
        if answering is None:
            return None
        return lambda request, _caller: json_response(answering(request.json, self._faults))

    def organization_keys(self, caller: Principal, resource: str) -> dict[str, str]:
        """The condition keys that say to whose organisation a caller and a resource belong; an ARN
        without an account (a bucket) is the caller's."""
        organization = self._world.organization
        parts = resource.split(":")
        owner = parts[4] if len(parts) > 5 and parts[4].isdigit() else caller.account_id
        whose = {"aws:PrincipalOrgID": caller.account_id, "aws:ResourceOrgID": owner}
        ours = {
            *organization.accounts,
            organization.hub_account,
            organization.management_account,
        }
        return {key: organization.id for key, id_ in whose.items() if id_ in ours}

    def _cost_explorer(self, request: AwsRequest, caller: Principal) -> Response:
        account_id, world = caller.account_id, self._world
        if self._faults.take("cost_explorer:throttle", account_id):
            raise AwsError("LimitExceededException", "Rate exceeded")
        if self._faults.take("cost_explorer:not_ready", account_id):
            raise AwsError(
                "DataUnavailableException",
                "Data is not available. Please try to adjust the time period.",
            )
        if self._faults.take("cost_explorer:timeout", account_id):
            time.sleep(READ_TIMEOUT_SECONDS)
        if request.json.get("NextPageToken"):
            self._lose_place(account_id)
        denied = self._faults.take("cost_explorer:deny", account_id)
        if denied or world.access(account_id).cost_explorer == "denied":
            raise AwsError("AccessDeniedException", "User not enabled for cost explorer access")
        sees_all = account_id == world.organization.management_account or bool(
            request.json.get("BillingViewArn")
        )
        if account_id not in world.organization.accounts and not sees_all:
            raise AwsError(
                "DataUnavailableException",
                "Data is not available. Please try to adjust the time period.",
            )
        answer = cost_explorer.answer(
            request.operation,
            request.json,
            world.organization_bill() if sees_all else world.bill(account_id),
            world.as_of,
            resource_level=world.access(account_id).resource_level,
            account_names=world.account_names,
            page_size=self._page_size,
        )
        return json_response(answer)

    def _anomaly_detection(self, request: AwsRequest, caller: Principal) -> Response:
        world = self._world
        is_payer = caller.account_id == world.organization.management_account
        detector = world.organization.detector if is_payer else None
        asked = dict(request.json)
        is_endless = request.operation == "GetAnomalies" and self._faults.take(ENDLESS)
        if is_endless:
            asked.pop("NextPageToken", None)
        answer = self._detector.answer(request.operation, asked, detector, world.as_of)
        more = {"NextPageToken": "and-so-on"} if is_endless else {}
        return json_response({**answer, **more})

    def _put_events(self, request: AwsRequest, caller: Principal) -> Response:
        put = self.buses.put_events(request.json, caller.account_id, request.region)
        return json_response(put)

    def _commitments(self, request: AwsRequest, caller: Principal) -> Response:
        account = self._world.organization.accounts.get(caller.account_id)
        bought = account.bought if account else Bought()
        return commitments.answer(request, bought, self._world.now)

    def _lose_place(self, account_id: str) -> None:
        """What Cost Explorer may say in the middle of pages."""
        for code in PAGE_ERRORS:
            if self._faults.take(f"cost_explorer:{code}", account_id):
                raise AwsError(code, "Try again without a pagination token.")

    def _cost_allocation_tags(self, request: AwsRequest, caller: Principal) -> Response:
        is_management_account = caller.account_id == self._world.organization.management_account
        return json_response(
            diagnostics.cost_allocation_tags(request.json, is_management_account, self._faults)
        )

    def _organizations_access(self, _request: AwsRequest, caller: Principal) -> Response:
        is_management_account = caller.account_id == self._world.organization.management_account
        return query_response(
            "DescribeOrganizationsAccess",
            diagnostics.organizations_access(is_management_account, self._faults),
        )

    def _cloudtrail(self, request: AwsRequest, caller: Principal) -> Response:
        account_id = caller.account_id
        denied = self._faults.take("cloudtrail:deny", account_id) or self._faults.take(
            "cloudtrail:deny", request.region
        )
        if denied or self._world.access(account_id).cloudtrail == "denied":
            raise AwsError(
                "AccessDeniedException",
                f"User: {caller.arn} is not authorized to perform: cloudtrail:LookupEvents",
            )
        throttled = self._faults.take("cloudtrail:throttle", account_id)
        if throttled or not self._lookups.admit((account_id, request.region), time.monotonic()):
            raise AwsError("ThrottlingException", "Rate exceeded")
        account = self._world.organization.accounts.get(account_id)
        records = account.events.get(request.region, ()) if account else ()
        return json_response(lookup_events(request.json, records, self._world.now))

    def _organizations(self, request: AwsRequest, caller: Principal) -> Response:
        organization = self._world.organization
        if self._faults.take("organizations:throttle"):
            raise AwsError(
                "TooManyRequestsException",
                "You have sent too many requests in too short a period of time.",
            )
        entitled = caller.account_id in (organization.management_account, organization.hub_account)
        if self._faults.take("organizations:deny") or not entitled:
            raise AwsError(
                "AccessDeniedException", "You don't have permissions to access this resource."
            )
        return json_response(organizations.answer(request.operation, request.json, organization))

    def _budgets(self, request: AwsRequest, caller: Principal) -> Response:
        organization = self._world.organization
        if self._faults.take("budgets:throttle"):
            raise AwsError("ThrottlingException", "Rate exceeded")
        if self._faults.take("budgets:deny"):
            raise AwsError("AccessDeniedException", "User is not authorized to view budgets.")
        is_payer = caller.account_id == organization.management_account
        answer = budgets.answer(
            request.operation,
            request.json,
            caller.account_id,
            organization.budgets if is_payer else (),
            self._world.organization_bill(),
            self._world.as_of,
        )
        return json_response(answer)

    def _invoke(self, request: AwsRequest, _caller: Principal) -> Response:
        if self.functions is None:
            raise AwsError("ResourceNotFoundException", "no function is deployed yet", 404)
        name = unquote(request.path.split("/functions/")[1].split("/")[0])
        outcome = self.functions.invoke(name, request.body or b"{}")
        headers = {"X-Amz-Executed-Version": "$LATEST", "Content-Type": "application/json"}
        if outcome.error:
            headers["X-Amz-Function-Error"] = "Unhandled"
        payload = outcome.payload if outcome.payload else json.dumps(None).encode()
        response = json_response(None, headers=headers)
        return Response(200, payload, response.headers)
