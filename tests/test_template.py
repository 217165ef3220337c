"""What no tool finds in the template: see also `make check-template`."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.aws_schedules import why_not
from tests.support.deployed import (
    DEFINITION,
    PROJECT,
    TEMPLATE,
    environment,
    expanded,
    functions,
    resources,
    states,
    strings,
    template,
)
from tools.expand_template import read_template

PSEUDO_PARAMETERS = ("AccountId", "NoValue", "Partition", "Region", "StackName")
PROSE = re.compile(r"\s*(Description|AllowedPattern|ConstraintDescription):")
DEPLOYED_FILES = [TEMPLATE, DEFINITION, *sorted((PROJECT / "organization").glob("*.yaml"))]


def parameters() -> dict[str, Any]:
    given: dict[str, Any] = template()["Parameters"]
    return given


# ------------------------------------------------------------------ files that exist


@pytest.mark.parametrize("name", sorted(resources("AWS::Serverless::LayerVersion")))
def test_a_layer_has_its_folder_and_its_build_target(name: str) -> None:
    folder = PROJECT / resources("AWS::Serverless::LayerVersion")[name]["ContentUri"]
    metadata = template()["Resources"][name].get("Metadata", {})
    if metadata.get("BuildMethod") == "makefile":
        assert (folder / "requirements.txt").exists()
        assert f"build-{name}" in (PROJECT / "layers" / "build.mk").read_text()
        makefiles = metadata["ContextPath"]["Fn::Sub"]
        for architecture in template()["Parameters"]["Architecture"]["AllowedValues"]:
            makefile = PROJECT / makefiles.replace("${Architecture}", architecture) / "Makefile"
            assert f"ARCHITECTURE := {architecture}\n" in makefile.read_text()
    else:
        assert (folder / "python" / "whyspike" / "errors.py").exists()


def test_only_explain_anomaly_carries_the_claude_client() -> None:
    carriers = {
        name
        for name, properties in functions().items()
        if {"Ref": "ClaudeLayer"} in properties["Layers"]
    }
    assert carriers == {"ExplainAnomaly"}


def test_no_function_brings_requirements_of_its_own() -> None:
    assert list((PROJECT / "functions").rglob("requirements.txt")) == []


# ------------------------------------------------------------------ references


def test_every_reference_in_the_template_leads_somewhere() -> None:
    """A typo in `!Sub "${...}"` of an env variable is found by nothing else before
    CloudFormation."""
    whole = expanded()
    known = (
        set(whole["Resources"])
        | set(parameters())
        | {f"AWS::{n}" for n in ("AccountId", "NoValue", "Partition", "Region", "StackName")}
    )
    assert set(references(whole)) - known == set()


def references(value: Any) -> list[str]:
    found = []
    if isinstance(value, dict):
        for key, member in value.items():
            if key == "Ref":
                found.append(member)
            elif key == "Fn::GetAtt":
                found.append(member[0] if isinstance(member, list) else member.split(".")[0])
            elif key == "Fn::Sub" and isinstance(member, str):
                found += [name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", member)]
            else:
                found += references(member)
    elif isinstance(value, list):
        for member in value:
            found += references(member)
    return found


@pytest.mark.parametrize("function", sorted(functions()))
def test_an_environment_variable_is_a_reference_or_a_plain_word(function: str) -> None:
    """`Ref` written as text ("!Ref Table" in quotes, "${Table}" without Sub) reaches the function
    as it stands."""
    for name, value in environment(function).items():
        assert isinstance(value, dict) or re.fullmatch(r"[a-z]+", str(value)), name


def test_every_parameter_is_used() -> None:
    used = set(references(expanded()))
    used |= {name for text in strings(template().get("Conditions", {})) for name in [text]}
    used |= {name for text in strings(template()["Globals"]) for name in [text]}
    assert set(parameters()) <= used


@pytest.mark.parametrize("file", DEPLOYED_FILES, ids=lambda file: file.name)
def test_nothing_hard_codes_a_partition_region_or_account(file: Any) -> None:
    text = "\n".join(
        line
        for line in re.sub(r"(?ms)^Rules:.*?^Conditions:", "", file.read_text()).splitlines()
        if not re.match(r"\s*(Description|AllowedPattern|ConstraintDescription):", line)
    )
    assert re.findall(r"arn:aws[\w-]*:", text) == []
    assert re.findall(r"\b(?:us|eu|ap|sa|ca|af|me|il|mx|cn)-(?:gov-)?[a-z]+-\d\b", text) == []
    assert re.findall(r"\b\d{12}\b", text) == []
    assert set(re.findall(r"[\w.]*amazonaws\.com", text)) <= {
        "scheduler.amazonaws.com"
    }  # a service principal is the same everywhere


# ------------------------------------------------------------------ the schedule


def test_the_default_schedule_is_one_that_eventbridge_takes() -> None:
    assert why_not(parameters()["ScheduleExpression"]["Default"]) is None


def test_the_schedule_retries_and_keeps_what_it_could_not_start() -> None:
    schedule = resources("AWS::Scheduler::Schedule")["DailyScan"]
    assert schedule["ScheduleExpressionTimezone"] == {"Ref": "ScheduleTimeZone"}
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] > 0
    assert schedule["Target"]["DeadLetterConfig"]["Arn"] == {
        "Fn::GetAtt": ["ScheduleDeadLetters", "Arn"]
    }
    assert "<aws.scheduler.scheduled-time>" in schedule["Target"]["Input"]
    on_failure = functions()["StartScan"]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
    assert on_failure["Destination"] == {"Fn::GetAtt": ["ScheduleDeadLetters", "Arn"]}


# ------------------------------------------------------------------ the workflow


def tasks() -> dict[str, dict[str, Any]]:
    return {name: state for name, state in states() if state["Type"] == "Task"}


@pytest.mark.parametrize("name", sorted(tasks()))
def test_a_task_ends_and_is_tried_again(name: str) -> None:
    state = tasks()[name]
    assert state["TimeoutSeconds"] > 0
    assert state["Retry"]
    for rule in state["Retry"]:
        if rule.get("MaxAttempts") == 0:  # what waiting does not mend
            continue
        assert 0 < rule["MaxAttempts"] <= 60  # of ExplainAnomaly, which waits for one of few places
        if rule["ErrorEquals"][0] != "InFlight":  # that one waits for a lease, others back off
            assert rule["BackoffRate"] > 1
            assert rule["JitterStrategy"] in {"FULL", "NONE"}
            assert rule["MaxDelaySeconds"] > 0


@pytest.mark.parametrize(
    "name", sorted(name for name, state in tasks().items() if "lambda" in state["Resource"])
)
def test_a_task_waits_longer_than_its_function_runs(name: str) -> None:
    assert tasks()[name]["TimeoutSeconds"] > functions()[name]["Timeout"]


CATCHES = {
    "DetectAnomalies": "AccountNotScanned",
    "ExplainAnomaly": "AnomalyNotExplained",
    "NotifyOwner": "OwnerNotTold",
    "DiscoverAccounts": None,
    "PublishDigest": None,
}


@pytest.mark.parametrize(("name", "handler"), CATCHES.items(), ids=CATCHES)
def test_a_failure_becomes_a_recorded_outcome_or_fails_the_run(
    name: str, handler: str | None
) -> None:
    catch = tasks()[name].get("Catch", [])
    assert [(rule["ErrorEquals"], rule["Next"]) for rule in catch] == (
        [(["States.ALL"], handler)] if handler else []
    )


def test_one_account_never_stops_the_others() -> None:
    scan_accounts = dict(states())["ScanAccounts"]
    assert scan_accounts["ToleratedFailurePercentage"] == 100
    assert scan_accounts["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert scan_accounts["ResultPath"] is None


def test_ten_thousand_children_return_less_than_a_payload_holds() -> None:
    outer = [
        state
        for distributed in ("ScanAccounts", "ExplainCauses", "TellOwners")
        for state in dict(states())[distributed]["ItemProcessor"]["States"].values()
        if state.get("End") and state["Type"] != "Pass"
    ]
    assert len(outer) == 5
    for state in outer:
        assert len(state["ResultSelector"]) == 1  # {"told": 12}: at most 20 bytes
    assert 10_000 * len('{"scanned": false}, ') < 262_144


def test_no_credential_can_be_in_the_state() -> None:
    words = " ".join(
        strings(
            [
                state.get(field)
                for _, state in states()
                for field in ("Parameters", "ResultSelector", "ItemSelector")
            ]
        )
    ).lower()
    assert not re.search(r"credential|secret|token|accesskey|api_key", words)


# ------------------------------------------------------------------ what production needs


def test_outside_limits_are_kept_by_reserved_concurrency() -> None:
    reserved = {
        name
        for name, properties in functions().items()
        if "ReservedConcurrentExecutions" in properties
    }
    assert reserved == {"ExplainAnomaly", "NotifyOwner", "RecordFeedback"}


def test_a_first_deploy_reserves_nothing_of_a_quota_of_ten() -> None:
    """A new account has ten, Lambda wants that many left unreserved, and a reservation it refuses
    rolls the whole stack back."""
    for name in ("ExplainConcurrency", "NotifyConcurrency", "FeedbackConcurrency"):
        assert template()["Parameters"][name]["Default"] == 0
    for properties in functions().values():
        given = properties.get("ReservedConcurrentExecutions")
        assert given is None or given["Fn::If"][2] == {"Ref": "AWS::NoValue"}


def test_what_is_thrown_back_for_concurrency_is_tried_again_for_half_an_hour() -> None:
    """MaxConcurrency is above a new account's quota."""
    for name, state in tasks().items():
        if "lambda" in state["Resource"]:
            rule = next(
                r for r in state["Retry"] if "Lambda.TooManyRequestsException" in r["ErrorEquals"]
            )
            assert rule["MaxAttempts"] * rule["MaxDelaySeconds"] >= 1800, name


def test_the_table_is_on_demand_recoverable_and_encrypted() -> None:
    table = template()["Resources"]["IncidentTable"]
    assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    assert (
        table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        is True
    )
    assert table["Properties"]["SSESpecification"]["SSEEnabled"] is True
    assert table["Properties"]["TimeToLiveSpecification"] == {
        "AttributeName": "expires_at",
        "Enabled": True,
    }


def test_what_holds_data_outlives_the_stack_but_not_a_first_deploy_that_fails() -> None:
    kept = {
        name: (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
        for name, resource in template()["Resources"].items()
        if "DeletionPolicy" in resource
    }
    policies = ("RetainExceptOnCreate", "Retain")
    assert kept == {"ScanBucket": policies, "IncidentTable": policies}


def test_a_secret_is_there_whatever_is_switched_off() -> None:
    """A secret with a condition is deleted with what somebody stored in it."""
    for name in resources("AWS::SecretsManager::Secret"):
        assert "Condition" not in template()["Resources"][name], name


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("whyspike", True),
        ("w" * 24, True),
        ("w" * 25, False),
        ("finops-production-whyspike", False),
    ],
)
def test_a_stack_s_name_is_one_that_the_roles_can_trust(name: str, fits: bool) -> None:
    guard = resources("AWS::SSM::Parameter")["StackNameFits"]
    assert guard["Value"] == {"Ref": "AWS::StackName"}
    assert bool(re.fullmatch(guard["AllowedPattern"], name)) is fits
    for file in ("member-role.yaml", "organization-roles.yaml"):
        trusted = read_template(PROJECT / "organization" / file)["Parameters"]["HubStackName"]
        assert bool(re.fullmatch(trusted["AllowedPattern"], name)) is fits


def test_the_table_has_no_index_that_nobody_reads() -> None:
    assert "GlobalSecondaryIndexes" not in template()["Resources"]["IncidentTable"]["Properties"]
    assert "/index/" not in TEMPLATE.read_text()


def test_the_bucket_is_private_tls_only_versioned_and_forgets() -> None:
    bucket = resources("AWS::S3::Bucket")["ScanBucket"]
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert bucket["VersioningConfiguration"]["Status"] == "Enabled"
    assert bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == {
        "Ref": "ScanRetentionDays"
    }
    (statement,) = resources("AWS::S3::BucketPolicy")["ScanBucketPolicy"]["PolicyDocument"][
        "Statement"
    ]
    assert (statement["Effect"], statement["Condition"]) == (
        "Deny",
        {"Bool": {"aws:SecureTransport": "false"}},
    )


def test_secrets_are_created_empty_and_no_environment_holds_one() -> None:
    for properties in resources("AWS::SecretsManager::Secret").values():
        assert not {"SecretString", "GenerateSecretString"} & set(properties)
    assert "{{resolve:" not in TEMPLATE.read_text()


def test_every_alarm_tells_the_topic() -> None:
    alarms = resources("AWS::CloudWatch::Alarm")
    assert len(alarms) >= 8
    for properties in alarms.values():
        assert {"Ref": "AlarmTopic"} in properties["AlarmActions"]
        assert properties["AlarmDescription"]
        assert properties["TreatMissingData"] in {"breaching", "notBreaching"}


def test_a_scan_that_does_not_run_goes_off_where_no_data_come() -> None:
    alarm = resources("AWS::CloudWatch::Alarm")["ScanDidNotRunAlarm"]
    assert (alarm["TreatMissingData"], alarm["MetricName"]) == ("breaching", "ExecutionsSucceeded")
    assert alarm["EvaluationPeriods"] == alarm["DatapointsToAlarm"] == {"Ref": "ScanExpectedHours"}
    hours = parameters()["ScanExpectedHours"]
    assert alarm["Period"] * hours["Default"] > 86_400
    assert alarm["Period"] * hours["MaxValue"] <= 7 * 86_400  # CloudWatch's longest evaluation


def test_each_bad_end_of_a_scan_has_an_alarm_of_its_own() -> None:
    watched = {
        a.get("MetricName")
        for a in resources("AWS::CloudWatch::Alarm").values()
        if a.get("Namespace") == "AWS/States"
    }
    assert watched >= {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}


def test_metric_math_adds_only_metrics_that_are_published_together() -> None:
    """One operand without data leaves the expression without a result, which reads as no breach."""
    for name, alarm in resources("AWS::CloudWatch::Alarm").items():
        metrics = [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
        assert {m["Namespace"] for m in metrics} <= {"whyspike"}, name
        assert {m["MetricName"] for m in metrics} <= set(figures_of_the_digest()), name


def figures_of_the_digest() -> list[str]:
    source = (
        PROJECT / "layers" / "whyspike" / "python" / "whyspike" / "digest" / "digest.py"
    ).read_text()
    return re.findall(
        r'^        "(\w+)":', source.split("def figures")[1].split("\ndef ")[0], re.MULTILINE
    )


def test_the_log_level_never_drops_the_lines_that_carry_the_metrics() -> None:
    """Lambda filters a line without a level as INFO; at DEBUG the runtime sets the root logger, and
    with it botocore's, to DEBUG."""
    shared = template()["Globals"]["Function"]
    assert shared["LoggingConfig"]["ApplicationLogLevel"] == "INFO"
    assert shared["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] == {"Ref": "LogLevel"}


def test_every_function_logs_into_the_group_with_retention() -> None:
    assert template()["Globals"]["Function"]["LoggingConfig"]["LogGroup"] == {"Ref": "FunctionLogs"}
    for properties in resources("AWS::Logs::LogGroup").values():
        assert properties["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_the_feedback_url_is_the_only_public_door() -> None:
    assert {
        name for name, properties in functions().items() if "FunctionUrlConfig" in properties
    } == {"RecordFeedback"}
    assert template()["Resources"]["RecordFeedback"]["Condition"] == "TakesFeedback"


def test_without_the_public_url_nothing_of_it_is_left() -> None:
    """CloudFormation refuses a reference from what is made to what is not."""
    whole = expanded()
    feedback = {name for name in whole["Resources"] if name.startswith("RecordFeedback")}
    assert {whole["Resources"][name]["Condition"] for name in feedback} == {"TakesFeedback"}
    others = {name: each for name, each in whole["Resources"].items() if name not in feedback}
    for name, each in {**others, **whole["Outputs"]}.items():
        if each.get("Condition") != "TakesFeedback":
            assert feedback.isdisjoint(references(without_branches(each))), name


def without_branches(value: Any) -> Any:
    """The value as it is where TakesFeedback is false."""
    if isinstance(value, dict):
        branches = value.get("Fn::If", [None])
        if branches[0] == "TakesFeedback":
            return without_branches(branches[2])
        return {key: without_branches(member) for key, member in value.items()}
    return [without_branches(each) for each in value] if isinstance(value, list) else value


def test_security_names_the_managed_policies_that_sam_attaches() -> None:
    roles = [
        resource["Properties"]
        for resource in expanded()["Resources"].values()
        if resource["Type"] == "AWS::IAM::Role"
    ]
    attached = {
        str(arn).rpartition("/")[2].rstrip("'}")
        for role in roles
        for arn in role.get("ManagedPolicyArns", [])
    }
    security = (PROJECT / "docs" / "security.md").read_text()
    assert attached
    for name in attached:
        assert f"`{name}`" in security
