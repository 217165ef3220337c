"""The folder is the flow: state, resource, folder, event and test bear one name, and what is
written in two places agrees."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import math
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import whyspike.errors
from tests.support.deployed import (
    DEFINITION,
    PROJECT,
    definition,
    environment,
    functions,
    resources,
    snake_case,
    states,
    template,
)
from tools import lock
from whyspike.errors import Retryable, WhyspikeError
from whyspike.steps.configuration import Configuration
from whyspike.wire.failures import TABLE

LAMBDA = "arn:${Partition}:states:::lambda:invoke"
OUTSIDE_THE_WORKFLOW = {"StartScan", "RecordFeedback"}  # the schedule's target, Slack's buttons
# Step Functions developer guide, "Best practices": "Handle transient Lambda service exceptions"
TRANSIENT = {
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
}
THROTTLED = "Lambda.TooManyRequestsException"
AWS_ERRORS = {  # the same guide, "Handling errors"
    *TRANSIENT,
    THROTTLED,
    "States.ALL",
    "States.TaskFailed",
    "States.ItemReaderFailed",
    "Lambda.Unknown",
    "Runtime.ExitError",  # out of memory, or killed
    "Sandbox.Timedout",
    "DynamoDB.ConditionalCheckFailedException",  # of the dynamodb:putItem integration
    # the classes of botocore's exceptions: Lambda names a Python error by its class
    "EndpointConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ConnectionClosedError",
}
ABSTRACT = {"WhyspikeError", "Retryable"}  # never raised themselves
LAYER = PROJECT / "layers" / "whyspike" / "python" / "whyspike"


def lambda_states() -> dict[str, dict[str, Any]]:
    return {name: state for name, state in states() if state.get("Resource") == LAMBDA}


def error_names() -> set[str]:
    tree = [whyspike.errors.__dict__[name] for name in dir(whyspike.errors)]
    return {
        kind.__name__ for kind in tree if isinstance(kind, type) and issubclass(kind, WhyspikeError)
    }


def retryable() -> set[str]:
    return {
        name for name in error_names() if issubclass(getattr(whyspike.errors, name), Retryable)
    } - {"Retryable"}


def errors_equal(state: dict[str, Any], field: str) -> set[str]:
    """Of Retry, those that are tried again."""
    return {
        name
        for rule in state.get(field, [])
        for name in rule["ErrorEquals"]
        if rule.get("MaxAttempts") != 0
    }


def waits(rule: dict[str, Any]) -> list[float]:
    """Seconds before each attempt; full jitter waits half of each on average."""
    return [
        min(
            rule.get("MaxDelaySeconds", math.inf),
            rule["IntervalSeconds"] * rule["BackoffRate"] ** n,
        )
        for n in range(rule["MaxAttempts"])
    ]


def rule_of(state: dict[str, Any], error: str) -> dict[str, Any]:
    """The rule that Step Functions takes for an error: the first that names it."""
    return next(
        rule
        for rule in state["Retry"]
        if error in rule["ErrorEquals"] or "States.TaskFailed" in rule["ErrorEquals"]
    )


def test_every_lambda_state_is_a_function_of_the_same_name() -> None:
    assert set(lambda_states()) == set(functions()) - OUTSIDE_THE_WORKFLOW
    for name, state in lambda_states().items():
        assert state["Parameters"]["FunctionName"] == f"${{{name}Arn}}"


def test_every_folder_of_functions_is_a_function_and_the_other_way_round() -> None:
    folders = {path.parent.name for path in (PROJECT / "functions").glob("*/app.py")}
    assert folders == {snake_case(name) for name in functions()}


@pytest.mark.parametrize("function", sorted(functions()))
def test_a_function_has_its_folder_handler_event_and_test(function: str) -> None:
    verb_noun = snake_case(function)
    properties = functions()[function]
    assert properties["CodeUri"] == f"functions/{verb_noun}/"
    module, _, handler = properties.get(
        "Handler", template()["Globals"]["Function"]["Handler"]
    ).rpartition(".")
    source = PROJECT / properties["CodeUri"] / f"{module}.py"
    assert handler in {
        node.name
        for node in ast.parse(source.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }
    assert isinstance(json.loads((PROJECT / "events" / f"{verb_noun}.json").read_text()), dict)
    assert (PROJECT / "tests" / "functions" / f"test_{verb_noun}.py").exists()


@pytest.mark.parametrize("function", sorted(functions()))
def test_a_handler_is_a_shell_around_one_step(function: str) -> None:
    """It parses, calls the step of its name, counts and returns; nothing else is decided in it."""
    verb_noun = snake_case(function)
    tree = ast.parse((PROJECT / "functions" / verb_noun / "app.py").read_text())
    imported = {
        node.module or "": [alias.name for alias in node.names]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("whyspike")
    }
    (step,) = [module for module, names in imported.items() if verb_noun in names]
    assert step in {f"whyspike.steps.{verb_noun}", f"whyspike.steps.{verb_noun}.step"}
    shared = {"whyspike.steps.configuration", "whyspike.steps.scope"}
    assert set(imported) - {step} - shared <= {
        "whyspike.model",
        "whyspike.payload",
        "whyspike.words.safe",
    }
    (handler,) = [node for node in ast.walk(tree) if getattr(node, "name", "") == "handler"]
    assert isinstance(handler, ast.FunctionDef)
    assert handler.end_lineno is not None
    assert handler.end_lineno - handler.lineno < 35
    assert not any(isinstance(node, ast.Try) for node in ast.walk(tree))


def test_no_event_is_left_over() -> None:
    assert {path.stem for path in (PROJECT / "events").glob("*.json")} == {
        snake_case(name) for name in functions()
    }


def test_the_definition_uses_exactly_the_substitutions_that_the_template_makes() -> None:
    used = set(re.findall(r"\$\{(\w+)\}", DEFINITION.read_text()))
    assert used == set(
        resources("AWS::Serverless::StateMachine")["ScanStateMachine"]["DefinitionSubstitutions"]
    )


def test_every_error_name_of_the_workflow_exists() -> None:
    named = {
        name
        for _, state in states()
        for field in ("Retry", "Catch")
        for name in errors_equal(state, field)
    }
    assert named <= error_names() | AWS_ERRORS


def test_every_retryable_error_is_retried_somewhere_and_no_final_one_is() -> None:
    retried = {name for _, state in states() for name in errors_equal(state, "Retry")} - AWS_ERRORS
    assert retried == retryable()


@pytest.mark.parametrize("name", sorted(lambda_states()))
def test_a_state_retries_what_lambda_itself_may_fail_with(name: str) -> None:
    assert {*TRANSIENT, THROTTLED} <= errors_equal(lambda_states()[name], "Retry")


@pytest.mark.parametrize(
    "name",
    sorted(name for name in lambda_states() if "ReservedConcurrentExecutions" in functions()[name]),
)
def test_a_function_of_few_slots_is_waited_for_apart_from_its_errors(name: str) -> None:
    """With all 40 accounts flagged at once, each may wait for many calls of the others: a rule of
    minutes, not of seconds."""
    (rule,) = [rule for rule in lambda_states()[name]["Retry"] if THROTTLED in rule["ErrorEquals"]]
    assert rule["ErrorEquals"] == [THROTTLED]
    assert rule["JitterStrategy"] == "FULL"
    assert sum(waits(rule)) / 2 > 600  # full jitter waits half of it on average


OUTAGE = ("Unreachable", "Uncertain", "Throttled", "EndpointConnectionError", "ReadTimeoutError")


@pytest.mark.parametrize("error", [*OUTAGE, *sorted(TRANSIENT)])
@pytest.mark.parametrize("name", sorted(lambda_states()))
def test_an_outage_of_thirty_minutes_is_waited_for(name: str, error: str) -> None:
    rule = rule_of(lambda_states()[name], error)
    share = 1.0 if rule["JitterStrategy"] == "NONE" else 0.5
    assert share * sum(waits(rule)) > 30 * 60


@pytest.mark.parametrize("name", sorted(set(dict(states())) - set(lambda_states())))
def test_what_the_state_machine_stores_itself_waits_as_long(name: str) -> None:
    state = dict(states())[name]
    if state["Type"] == "Task":
        assert sum(waits(rule_of(state, "DynamoDB.InternalServerError"))) > 30 * 60
    if "ItemReader" in state:
        assert sum(waits(rule_of(state, "States.ItemReaderFailed"))) > 30 * 60


@pytest.mark.parametrize("error", sorted(error_names() - retryable() - ABSTRACT))
@pytest.mark.parametrize("name", sorted(lambda_states()))
def test_what_waiting_does_not_mend_is_not_tried_again(name: str, error: str) -> None:
    assert rule_of(lambda_states()[name], error)["MaxAttempts"] == 0


@pytest.mark.parametrize(
    "error", ["Sandbox.Timedout", "Runtime.ExitError", "Lambda.Unknown", "KeyError"]
)
@pytest.mark.parametrize("name", sorted(lambda_states()))
def test_a_try_that_died_or_failed_as_nobody_planned_is_repeated(name: str, error: str) -> None:
    assert rule_of(lambda_states()[name], error)["MaxAttempts"] >= 3


# Modules are imported whole: what a function's modules can raise, but the function itself never
# does.
NEVER_RAISED_BY = {
    "DiscoverAccounts": {"ChangedMeanwhile"},  # writes rows of its own, without a condition
    "DetectAnomalies": {"ChangedMeanwhile"},  # reads incidents, changes none
    "PublishDigest": {"ChangedMeanwhile"},
    "ExplainAnomaly": {"ChangedMeanwhile"},  # reads incidents, changes none
}
ANSWERED_BY_A_GAP = {"cloudtrail"}


@pytest.mark.parametrize("name", sorted(lambda_states()))
def test_a_state_retries_what_its_function_can_raise(name: str) -> None:
    """A retryable error that a module of the function names in its code, or that the table of
    failures has for whom it asks, is in the state's Retry."""
    trees = [
        ast.parse(path.read_text())
        for path in modules_of(snake_case(name))
        if path.name != "failures.py"
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    named = {node.id for node in nodes if isinstance(node, ast.Name)}
    asked = {
        str(node.args[0].value)
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"mapped", "fact_of_error"}
        and isinstance(node.args[0], ast.Constant)
    }
    assert asked <= set(TABLE)
    mapped = {
        fact.__name__ for source in asked - ANSWERED_BY_A_GAP for fact in TABLE[source].values()
    }
    assert (retryable() & (named | mapped)) - NEVER_RAISED_BY.get(name, set()) <= errors_equal(
        lambda_states()[name], "Retry"
    )


def modules_of(function: str) -> set[Path]:
    """The handler and every module of the layer that it imports, directly or through others."""
    seen: set[Path] = set()
    todo = [PROJECT / "functions" / function / "app.py"]
    while todo:
        path = todo.pop()
        if path in seen or path.name == "errors.py":
            continue
        seen.add(path)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("whyspike"):
                names = [
                    node.module or "",
                    *(f"{node.module}.{alias.name}" for alias in node.names),
                ]
                todo += [found for name in names for found in module_files(name)]
    return seen


def module_files(name: str) -> list[Path]:
    path = LAYER.parent.joinpath(*name.split("."))
    return [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()]


@pytest.mark.parametrize("function", sorted(set(functions()) - {"StartScan"}))
def test_the_template_gives_a_function_every_variable_that_its_modules_read(function: str) -> None:
    given = {name.lower() for name in environment(function)}
    read = {
        node.attr
        for path in modules_of(snake_case(function))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in {"config", "configuration"}
    }
    assert (read & set(Configuration.__dataclass_fields__)) <= given


@pytest.mark.parametrize("function", sorted(set(functions()) - {"StartScan"}))
def test_every_variable_of_the_template_is_a_field_of_the_configuration(function: str) -> None:
    of_the_runtime = set(template()["Globals"]["Function"]["Environment"]["Variables"])
    assert {name.lower() for name in set(environment(function)) - of_the_runtime} <= set(
        Configuration.__dataclass_fields__
    )


CHOSEN_FOR_PRODUCTION = {
    "claude_provider",
    "default_channel",
    "digest_channel",
    "external_id",
    "owner_tag_keys",
    "member_role_name",
}


def test_defaults_of_template_and_configuration_agree() -> None:
    named = {
        parameter.lower().replace("_", ""): parameter for parameter in template()["Parameters"]
    }
    for field in Configuration.__dataclass_fields__.values():
        parameter = named.get(field.name.replace("_", ""))
        if parameter and field.name not in CHOSEN_FOR_PRODUCTION:
            default = str(template()["Parameters"][parameter]["Default"])
            given = (
                str(field.default).lower()
                if isinstance(field.default, bool)
                else str(field.default)
            )
            assert default == given or float(default) == float(given), parameter


def test_contracts_name_the_metrics_that_alarms_and_dashboard_read() -> None:
    text = (PROJECT / "template.yaml").read_text()
    watched = set(re.findall(r'\["whyspike", "(\w+)"', text)) | set(
        re.findall(r"Namespace: whyspike\n\s+MetricName: (\w+)", text)
    )
    watched |= {
        name
        for name in re.findall(r'\[".", "(\w+)", ".", "."\]', text)
        if not name.startswith("Executions")
    }
    documented = (PROJECT / "docs" / "contracts.md").read_text().split("## Metrics")[1]
    emitted = "".join(
        path.read_text()
        for path in [*(PROJECT / "functions").glob("*/app.py"), LAYER / "digest" / "digest.py"]
    )
    assert watched
    for name in watched:
        assert f"`{name}`" in documented
        assert f'"{name}"' in emitted


def pins(file: Path) -> dict[str, str]:
    return lock.pins(file.read_text())


LOCKED = [lock.LOCK, *(PROJECT / "layers" / layer / "requirements.txt" for layer in lock.LAYERS)]


@pytest.mark.parametrize("file", LOCKED, ids=lambda file: str(file.relative_to(PROJECT)))
def test_every_pin_has_its_hashes(file: Path) -> None:
    """Each pin is a logical line; its hashes go on after a backslash."""
    lines = file.read_text().replace("\\\n", " ").splitlines()
    pinned = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert len(pinned) == len(pins(file)) or file == lock.LOCK  # the lock may pin per Python
    assert [line.split()[0] for line in pinned if "--hash=sha256:" not in line] == []


def test_what_a_layer_asks_for_is_what_the_project_asks_for() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    for layer in lock.LAYERS:
        assert set(project["dependency-groups"][f"{layer}-layer"]) <= set(
            project["project"]["dependencies"]
        )


@pytest.mark.parametrize("layer", lock.LAYERS)
def test_the_pins_of_a_layer_are_those_of_the_lock(layer: str) -> None:
    locked = pins(PROJECT / "requirements.lock")
    for name, version in pins(PROJECT / "layers" / layer / "requirements.txt").items():
        assert name in lock.NEWER_THAN_THE_LOCK or locked[name] == version, name


def distributions_of(imported: set[str]) -> set[str]:
    known = importlib.metadata.packages_distributions()
    return {known[name][0].lower().replace("_", "-") for name in imported if name in known}


@pytest.mark.parametrize("function", sorted(functions()))
def test_the_layers_of_a_function_carry_what_it_imports(function: str) -> None:
    imported = set()
    for path in modules_of(snake_case(function)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and not node.level:
                imported.add((node.module or "").split(".")[0])
            elif isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
    layers = [layer["Ref"] for layer in functions()[function]["Layers"]]
    carried = pins(PROJECT / "layers" / "dependencies" / "requirements.txt")
    if "ClaudeLayer" in layers:
        carried |= pins(PROJECT / "layers" / "claude" / "requirements.txt")
    of_the_runtime = {"boto3", "botocore", "whyspike"}
    for_types_only = {
        name
        for name in distributions_of(imported)
        if name.startswith(("mypy-boto3", "boto3-stubs"))
    }
    assert distributions_of(imported) - of_the_runtime - for_types_only <= set(carried)


def test_the_version_is_said_once() -> None:
    assert definition()["Comment"].startswith("whyspike")
    assert (
        importlib.metadata.version("whyspike")
        == tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    )
