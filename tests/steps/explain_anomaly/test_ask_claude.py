"""Claude over the wire: the real SDK against a local server that mounts
simulator/claude/endpoint.py."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from anthropic import APITimeoutError
from anthropic.types import Model

from tests.support.explanations import ITEMS, ORDER, RULES
from whyspike.errors import BudgetExhausted
from whyspike.explanation.prompts.texts import prompt_version
from whyspike.knowledge.claude_prices import model_prices, price_usd
from whyspike.model import EvidenceItem, Explanation
from whyspike.model.evidence import CostGroup, CostGroups
from whyspike.payload import to_json
from whyspike.simulator.claude import endpoint as simulated
from whyspike.simulator.claude.endpoint import ClaudeEndpoint
from whyspike.simulator.claude.lies import LIES
from whyspike.simulator.faults import Faults
from whyspike.steps.explain_anomaly.ask_claude import (
    ClaudeSettings,
    Lookup,
    explain,
    write_explanation,
)
from whyspike.steps.explain_anomaly.lookup_tools import lookup_problem


class Usage:
    """Counts as the table does, with a cap."""

    def __init__(self, cap: int = 1_000_000) -> None:
        self.cap = cap
        self.reserved = 0
        self.settled: list[tuple[int, int, float]] = []

    def reserve_claude(self, tokens: int) -> None:
        if self.reserved + tokens > self.cap:
            raise BudgetExhausted(f"the scan's cap of {self.cap:,} Claude tokens is used up")
        self.reserved += tokens

    def settle_claude(
        self, reserved: int, input_tokens: int, output_tokens: int, price_usd: float
    ) -> None:
        self.reserved += input_tokens + output_tokens - reserved
        self.settled.append((input_tokens, output_tokens, price_usd))


class Wire:
    """The endpoint behind a real port. `url` is what ANTHROPIC_BASE_URL would hold."""

    def __init__(self) -> None:
        self.endpoint = ClaudeEndpoint(Faults())
        self.authorizations: list[str] = []
        endpoint, authorizations = self.endpoint, self.authorizations

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                authorizations.append(self.headers["authorization"])
                body = self.rfile.read(int(self.headers["content-length"]))
                status, headers, answer = endpoint.handle(
                    json.loads(body), dict(self.headers.items()), self.path
                )
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(answer))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def fault(self, name: str, times: int = -1) -> None:
        self.endpoint.faults.set(f"claude:{name}", times)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    wire = Wire()
    yield wire
    wire.server.shutdown()


def settings(wire: Wire, **changes: Any) -> ClaudeSettings:
    return replace(
        ClaudeSettings(
            provider="anthropic", api_key="sk-simulated", base_url=wire.url, timeout_seconds=30
        ),
        **changes,
    )


def written(wire: Wire, usage: Usage | None = None, **changes: Any) -> Explanation:
    return write_explanation(ITEMS, RULES, settings(wire, **changes), usage or Usage())


def shown(explanation: Explanation) -> str:
    return json.dumps(to_json(explanation), ensure_ascii=False)


def assert_by_rules(explanation: Explanation, why: str) -> None:
    assert explanation.written_by == "rules"
    assert (explanation.text, explanation.findings, explanation.commands) == (
        RULES.text,
        RULES.findings,
        RULES.commands,
    )
    assert any(why in note for note in explanation.notes)


# ------------------------------------------------------------------ an answer


def test_an_honest_answer_is_told_as_claudes(wire: Any) -> None:
    explanation = written(wire)

    assert explanation.written_by == "claude-sonnet-5-5"
    assert explanation.verdict == "incident"
    assert explanation.findings[0].actor.name == "terraform-ci"
    assert explanation.text != RULES.text
    assert explanation.confidence == "high"
    (note,) = explanation.notes
    assert re.fullmatch(
        rf"Claude \(claude-sonnet-5-5, prompt {prompt_version()}\): 1 request, \d,\d+ tokens in \(0"
        r" from the cache\), \d+ out, \$0\.0\d+",
        note,
    )


def test_the_request_asks_for_the_schema_with_a_cached_prompt_and_fenced_evidence(
    wire: Any,
) -> None:
    explain(ITEMS, settings(wire, effort="medium"), Usage())

    (request,) = wire.endpoint.requests
    assert request["output_config"]["effort"] == "medium"
    assert request["output_config"]["format"]["type"] == "json_schema"
    assert request["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert request["max_tokens"] == 12_000
    assert request["thinking"] == {"type": "adaptive"}
    (asked,) = request["messages"][0]["content"]
    assert asked["cache_control"] == {"type": "ephemeral"}
    assert ORDER not in asked["text"]  # "<" is escaped inside the fence
    assert "<!channel>" not in asked["text"]


def test_tokens_and_price_are_those_of_the_answer_and_the_cache_is_read_the_second_time(
    wire: Any,
) -> None:
    usage = Usage()

    first = explain(ITEMS, settings(wire), usage)
    second = explain(ITEMS, settings(wire), usage)

    assert first.cache_write_tokens > 1000
    assert first.cache_read_tokens == 0
    assert 1000 < second.cache_read_tokens < first.cache_write_tokens  # its evidence is fenced anew
    assert second.price_usd < first.price_usd
    assert first.price_usd == price_usd(
        "claude-sonnet-5-5", first.input_tokens, first.output_tokens, first.cache_write_tokens, 0
    )
    assert usage.settled[0] == (
        first.input_tokens + first.cache_write_tokens,
        first.output_tokens,
        first.price_usd,
    )
    assert usage.reserved == sum(given + made for given, made, _ in usage.settled)


# ------------------------------------------------------------------ no answer


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("refusal", "Claude refused (category cyber)"),
        ("truncation", "cut off twice at max_tokens"),
        ("context", "does not fit into the model's context window"),
        ("not_json", "not JSON"),
        ("pause", "stopped with pause_turn"),
    ],
)
def test_an_answer_that_is_none_leaves_the_rules_and_says_why(
    wire: Any, fault: Any, why: Any
) -> None:
    wire.fault(fault)

    assert_by_rules(written(wire), why)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("overloaded", "overloaded (HTTP 529)"),
        ("rate_limit", "rate limit is used up"),
        ("error", "HTTP 500 (api_error)"),
    ],
)
def test_an_outage_is_tried_again_and_then_told(
    wire: Any, monkeypatch: Any, fault: Any, why: Any
) -> None:
    monkeypatch.setattr("whyspike.wire.claude.FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(simulated, "RETRY_AFTER_SECONDS", 0)
    wire.fault(fault)
    usage = Usage()

    explanation = written(wire, usage)

    assert_by_rules(explanation, why)
    assert len(wire.endpoint.requests) == 3
    assert usage.reserved == 0


def test_a_model_that_was_never_opened_in_the_account_says_where_to_open_it(wire: Any) -> None:
    wire.fault("marketplace")

    answer = written(wire)

    assert answer.written_by == "rules"
    assert "never opened in this account" in str(answer)
    assert "Model catalog" in str(answer)


@pytest.mark.parametrize("fault", ["overloaded", "rate_limit", "error"])
def test_an_outage_that_passes_is_not_noticed(wire: Any, monkeypatch: Any, fault: Any) -> None:
    monkeypatch.setattr("whyspike.wire.claude.FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(simulated, "RETRY_AFTER_SECONDS", 0)
    wire.fault(fault, 2)

    assert written(wire).written_by == "claude-sonnet-5-5"


def test_a_retry_after_that_outlasts_the_function_is_not_waited_for(
    wire: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(simulated, "RETRY_AFTER_SECONDS", 3_600)
    wire.fault("rate_limit")

    assert_by_rules(written(wire), "rate limit is used up")
    assert len(wire.endpoint.requests) == 1


def test_a_silent_endpoint_is_left_in_time(wire: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(simulated, "TIMEOUT_SECONDS", 3.0)
    monkeypatch.setattr("whyspike.wire.claude.MIN_REQUEST_SECONDS", 0.1)
    wire.fault("timeout")
    usage = Usage()

    assert_by_rules(written(wire, usage, timeout_seconds=0.5), "did not answer within 0.5 s")
    assert usage.reserved > 0, "it may be billed all the same"


@pytest.mark.parametrize(
    ("cause", "kept"), [("ReadTimeout", True), ("ConnectTimeout", False)], ids=["sent", "not sent"]
)
def test_tokens_of_a_request_that_may_be_billed_stay_reserved(
    monkeypatch: pytest.MonkeyPatch, cause: str, kept: bool
) -> None:
    def create(**_: Any) -> None:
        raise APITimeoutError(None) from type(cause, (Exception,), {})()  # type: ignore[arg-type]

    client = SimpleNamespace(messages=SimpleNamespace(create=create))
    monkeypatch.setattr("whyspike.steps.explain_anomaly.ask_claude.open_client", lambda _: client)
    usage = Usage()
    asked = ClaudeSettings(provider="anthropic", api_key="sk-simulated")
    assert_by_rules(write_explanation(ITEMS, RULES, asked, usage), "did not answer within")
    assert (usage.reserved > 0) == kept


def test_an_address_where_nobody_listens_is_told(wire: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("whyspike.wire.claude.FIRST_WAIT_SECONDS", 0.01)

    assert_by_rules(written(wire, base_url="http://127.0.0.1:9"), "cannot be reached")


def test_a_used_up_cap_is_told_and_nothing_is_asked(wire: Any) -> None:
    assert_by_rules(written(wire, Usage(cap=100)), "cap of 100 Claude tokens is used up")
    assert wire.endpoint.requests == []


def test_without_a_key_nothing_is_asked(wire: Any) -> None:
    assert_by_rules(written(wire, api_key=""), "no API key")
    assert wire.endpoint.requests == []


def test_a_provider_that_is_off_asks_nobody(wire: Any) -> None:
    assert_by_rules(written(wire, provider="off"), "Claude is off")
    assert wire.endpoint.requests == []


def test_an_answer_that_was_cut_off_is_asked_for_once_more_with_more_room(wire: Any) -> None:
    wire.fault("truncation", 1)

    assert written(wire).written_by == "claude-sonnet-5-5"
    assert [request["max_tokens"] for request in wire.endpoint.requests] == [12_000, 24_000]


def test_a_request_that_the_api_refuses_is_told_with_its_message(wire: Any) -> None:
    assert_by_rules(written(wire, effort="boundless"), "output_config.effort: not one of low")


def test_a_repair_reads_the_evidence_from_the_cache(wire: Any) -> None:
    wire.fault("lie_then_repair:actor-by-name")

    note = written(wire).notes[-1]

    assert "2 requests" in note
    assert "(0 from the cache)" not in note


def test_a_pause_is_gone_on_with(wire: Any) -> None:
    wire.fault("pause", 1)

    assert written(wire).written_by == "claude-sonnet-5-5"
    assert len(wire.endpoint.requests) == 2


# ------------------------------------------------------------------ false answers


@pytest.mark.parametrize(
    "lie",
    [
        "reading-number-1",
        "command-that-destroys",
        "leading-cell-of-no-item",
        "actor-by-name",
        "no-message",
    ],
)
def test_a_lie_that_is_repaired_when_named_leaves_claudes_answer(wire: Any, lie: Any) -> None:
    wire.fault(f"lie_then_repair:{lie}")

    explanation = written(wire)

    assert explanation.written_by == "claude-sonnet-5-5"
    assert explanation.confidence == "high"
    assert len(wire.endpoint.requests) == 2
    assert "could not accept" in wire.endpoint.requests[1]["messages"][-1]["content"]


@pytest.mark.parametrize("lie", list(LIES)[::12])
def test_a_lie_that_is_insisted_on_is_not_shown(wire: Any, lie: Any) -> None:
    wire.fault(f"lies:{lie}")

    explanation = written(wire)

    assert not [tell for tell in LIES[lie].tells if tell in shown(explanation)]
    assert len(wire.endpoint.requests) <= 2
    assert explanation.verdict == RULES.verdict
    assert explanation.text


def test_what_the_checks_reject_is_told_without_repeating_it(wire: Any) -> None:
    wire.fault("lies:leading-cell-of-no-item")

    explanation = written(wire)

    assert explanation.written_by == "rules"
    assert any("did not hold (hypotheses[0])" in note for note in explanation.notes)


# ------------------------------------------------------------------ Bedrock


def test_bedrock_is_asked_with_a_signature_instead_of_a_key(wire: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASIMULATED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "simulated")

    explanation = written(
        wire,
        provider="bedrock",
        api_key="",
        aws_region="eu-west-1",
        model="eu.anthropic.claude-sonnet-4-6",
    )

    assert explanation.written_by == "eu.anthropic.claude-sonnet-4-6"
    assert wire.authorizations[0].startswith("AWS4-HMAC-SHA256 ")


# ------------------------------------------------------------------ look-ups


def found(_: Lookup) -> EvidenceItem:
    content = CostGroups(
        by="OPERATION",
        service="EC2 - Other",
        usage_type="NatGateway-Bytes",
        groups=(
            CostGroup(
                value="NatGateway",
                expected_usd_per_day=71.55,
                actual_usd_per_day=468.9,
                excess_usd_per_day=397.35,
            ),
        ),
    )
    return EvidenceItem("E9", "cost-explorer", "GetCostAndUsage OPERATION", content)


def test_claude_may_ask_for_a_look_up_of_the_closed_list(wire: Any) -> None:
    asked: list[Lookup] = []

    def look_up(lookup: Lookup) -> EvidenceItem:
        asked.append(lookup)
        return found(lookup)

    answer = explain(ITEMS, settings(wire, lookups=3), Usage(), lookups=look_up)

    assert asked == [
        Lookup(
            "group_costs",
            {"by": "OPERATION", "service": "EC2 - Other", "usage_type": "NatGateway-Bytes"},
        )
    ]
    assert answer.items == (*ITEMS, found(asked[0]))
    assert answer.explanation is not None
    assert answer.requests == 2


def test_an_answer_after_a_look_up_is_checked_against_it_and_repaired_with_the_same_tools(
    wire: Any,
) -> None:
    wire.fault("lie_then_repair:innocent-in-both")

    explanation = write_explanation(ITEMS, RULES, settings(wire, lookups=1), Usage(), found)

    assert explanation.written_by == "claude-sonnet-5-5"
    assert ["tools" in request for request in wire.endpoint.requests] == [True, True, True]


@pytest.mark.parametrize(
    ("kind", "arguments", "why"),
    [
        ("delete_everything", {}, "there is no look-up"),
        ("group_costs", {"by": "USAGE_TYPE", "service": "EC2 - Other"}, "takes exactly"),
        (
            "group_costs",
            {"by": "LINKED_ACCOUNT", "service": "EC2 - Other", "usage_type": ""},
            "by is one of",
        ),
        (
            "group_costs",
            {"by": "REGION", "service": "Amazon Nothing", "usage_type": ""},
            "service is not in the evidence",
        ),
        (
            "find_events",
            {"region": "eu-west-3", "attribute": "EventName", "value": "RunInstances"},
            "region is not in the evidence",
        ),
        (
            "find_events",
            {"region": "us-east-1", "attribute": "ReadOnly", "value": "true"},
            "attribute is one of",
        ),
        (
            "find_events",
            {"region": "us-east-1", "attribute": "Username", "value": "mallory"},
            "value is not in the evidence",
        ),
        (
            "find_events",
            {"region": "us-east-1", "attribute": "EventName", "value": "a; b"},
            "not an event name",
        ),
    ],
)
def test_a_look_up_outside_the_list_is_refused(kind: Any, arguments: Any, why: Any) -> None:
    assert why in lookup_problem(kind, arguments, ITEMS)


@pytest.mark.parametrize(
    "arguments",
    [
        {"region": "us-east-1", "attribute": "EventName", "value": "DeleteVpcEndpoints"},
        {"region": "us-east-1", "attribute": "ResourceName", "value": "vpce-0aa17c5e2d9b40f13"},
        {"region": "us-east-1", "attribute": "Username", "value": "gha-58213"},
    ],
)
def test_a_look_up_of_the_list_is_made(arguments: Any) -> None:
    assert lookup_problem("find_events", arguments, ITEMS) == ""


def test_without_permission_no_look_up_is_offered(wire: Any) -> None:
    explain(ITEMS, settings(wire, lookups=0), Usage(), lookups=found)

    assert "tools" not in wire.endpoint.requests[0]


# ------------------------------------------------------------------ prices


# Models of the SDK that no price list names; they are priced as the dearest.
UNPRICED = {
    *("claude-mythos-5-2", "claude-mythos-5-1", "claude-mythos-5", "claude-mythos-preview"),
    "claude-fable-5",
}


def test_every_model_that_the_sdk_names_has_its_price() -> None:
    literal, _ = get_args(Model)
    named = {price.model for price in model_prices()}
    undated = {re.sub(r"-20\d{6}$", "", model) for model in get_args(literal)}

    assert undated - named == UNPRICED
    assert named <= undated, "a model that the SDK does not know any more"


def test_an_unknown_model_is_priced_as_the_dearest() -> None:
    assert price_usd("claude-never-heard-of", 1_000_000, 0) == max(
        price.input for price in model_prices()
    )


def test_a_bedrock_model_id_finds_its_price() -> None:
    assert price_usd("us.anthropic.claude-sonnet-4-6-20260101-v1:0", 1_000_000, 1_000_000) == 18.0


def test_a_price_that_depends_on_the_size_of_the_prompt() -> None:
    assert price_usd("claude-haiku-5-5", 100_000, 0) == pytest.approx(0.01)
    assert price_usd("claude-haiku-5-5", 100_001, 0) == pytest.approx(0.0500005)
