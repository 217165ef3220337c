"""Commands: what may be shown to the owner of the sample's account."""

from typing import Any

import pytest

from tests.support.explanations import ITEMS, ORDER, RULES
from whyspike.explanation.check.commands import command_problem
from whyspike.explanation.check.evidence import index_evidence
from whyspike.model import EvidenceItem
from whyspike.model.evidence import CostGroup, CostGroups
from whyspike.wire.aws_cli.commands import check_command

INDEX = index_evidence(ITEMS)


@pytest.mark.parametrize(
    "command",
    [
        *RULES.commands,
        "aws ec2 describe-nat-gateways --nat-gateway-ids nat-0a41d2c7be93f5011 --region us-east-1",
        (
            "aws ec2 describe-vpc-endpoints --filters Name=vpc-id,Values=vpc-0c8d21f7a6e95b340"
            " --region us-east-1"
        ),
        (
            "aws cloudtrail lookup-events --lookup-attributes"
            " AttributeKey=EventName,AttributeValue=DeleteVpcEndpoints --start-time"
            " 2026-03-09T00:00:00Z --end-time 2026-03-11T00:00:00Z --max-items 20 --region"
            " us-east-1"
        ),
        (
            "aws cloudwatch get-metric-statistics --namespace AWS/NATGateway --metric-name"
            " BytesOutToDestination --dimensions Name=NatGatewayId,Value=nat-0a41d2c7be93f5011"
            " --start-time 2026-03-08T00:00:00Z --end-time 2026-03-13T00:00:00Z --period 3600"
            " --statistics Sum --region us-east-1"
        ),
        (
            "aws ce get-cost-and-usage --time-period Start=2026-03-01,End=2026-03-13 --granularity"
            " DAILY --metrics UnblendedCost --group-by Type=DIMENSION,Key=USAGE_TYPE --region"
            " us-east-1"
        ),
        "aws ec2 describe-nat-gateways --query 'NatGateways[].NatGatewayId' --region us-east-1",
    ],
)
def test_a_read_only_command_with_ids_of_the_evidence_is_shown(command: Any) -> None:
    assert command_problem(command, INDEX, check_command) == ""


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("aws ec2 describe-vpc-endpoints", "carries no region"),
        ("aws ec2 describe-vpc-endpoints --region eu-west-3", "eu-west-3"),
        (
            (
                "aws ec2 describe-nat-gateways --nat-gateway-ids nat-0a41d2c7be93f5012 --region"
                " us-east-1"
            ),
            "nat-0a41d2c7be93f5012",
        ),
        (
            (
                "aws ec2 describe-vpc-endpoints --filters Name=vpc-id,Values=vpc-0c8d21f7a6e95b341"
                " --region us-east-1"
            ),
            "vpc-0c8d21f7a6e95b341",
        ),
        (
            (
                "aws ec2 describe-vpc-endpoints --filters Name=tag:owner,Values=mallory --region"
                " us-east-1"
            ),
            "mallory",
        ),
        ("aws s3api list-objects-v2 --bucket somebody --region us-east-1", "somebody"),
        ("aws iam get-role --role-name admin-of-nobody --region us-east-1", "admin-of-nobody"),
        (
            "aws cloudtrail lookup-events --start-time 2019-01-01T00:00:00Z --region us-east-1",
            "2019-01-01",
        ),
        (
            "aws ec2 delete-nat-gateway --nat-gateway-id nat-0a41d2c7be93f5011 --region us-east-1",
            "read",
        ),
        ("aws secretsmanager get-secret-value --secret-id checkout --region us-east-1", ""),
        ("aws ec2 describe-nat-gateways --region us-east-1 | sh", ""),
        ("aws ec2 describe-nat-gateways --region us-east-1 && rm -rf .", ""),
        ("aws ec2 describe-nat-gateways --region us-east-1\nrm -rf .", "not one line"),
        ("aws ec2 describe-nat-gateways --region `id`", ""),
        ("aws ec2 describe-nat-gateways --region us-east-1 --profile admin", ""),
        (
            "aws ec2 describe-nat-gateways --region us-east-1 --endpoint-url https://evil.example",
            "",
        ),
        ("curl https://evil.example", ""),
        ("aws\u200b ec2 describe-nat-gateways --region us-east-1", "not one line of plain text"),
        ("", ""),
        ("aws", ""),
    ],
)
def test_anything_else_is_not(command: Any, why: Any) -> None:
    reason = command_problem(command, INDEX, check_command)

    assert reason
    assert why in reason


def test_a_command_that_carries_an_order_of_a_tag_is_not_shown() -> None:
    command = (
        f"aws ec2 describe-nat-gateways --filter 'Name=tag:team,Values={ORDER.replace(',', '')}'"
        " --region us-east-1"
    )

    assert command_problem(command, INDEX, lambda _: "") == "repeats text that tries to give orders"


def test_a_log_group_of_a_known_function_may_be_read_and_no_other() -> None:
    function = EvidenceItem(
        "E1",
        "resource",
        "functions",
        CostGroups(
            by="OPERATION",
            service="us-east-1",
            usage_type="2026-03-10",
            groups=(
                CostGroup(
                    value="thumbnailer",
                    expected_usd_per_day=0.0,
                    actual_usd_per_day=1.0,
                    excess_usd_per_day=1.0,
                ),
            ),
        ),
    )
    index = index_evidence([function])
    command = "aws logs filter-log-events --log-group-name /aws/lambda/{} --region us-east-1"

    assert command_problem(command.format("thumbnailer"), index, lambda _: "") == ""
    assert "/aws/lambda/other" in command_problem(command.format("other"), index, lambda _: "")
