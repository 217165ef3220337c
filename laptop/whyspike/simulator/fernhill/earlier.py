"""Incidents of the default organisation whose life is over or well under way on its scan date: what
a replay of ten days shows."""

from __future__ import annotations

from whyspike.simulator.fernhill.events import TERRAFORM, Event, person, pipeline
from whyspike.simulator.fernhill.plan import Change, Incident, since

EARLIER = (
    Incident(
        "transit-gateway-replication",
        "network-hub",
        "level-shift",
        "data-transfer",
        -9,
        "Replication between two VPCs was routed over the transit gateway",
        (
            Change(
                "Amazon Virtual Private Cloud",
                "USE1-TransitGateway-Bytes",
                since(-9, 165),
                "TransitGatewayVPC",
                unit="GB",
                unit_price=0.02,
            ),
        ),
        (
            Event(
                -9,
                "05:12:00",
                "ec2.amazonaws.com",
                "CreateTransitGatewayRoute",
                pipeline("terraform-ci", 76201, TERRAFORM),
                {
                    "destinationCidrBlock": "10.44.0.0/16",
                    "transitGatewayRouteTableId": "tgw-rtb-0c1d2e3f4a5b6c7d8",
                },
            ),
        ),
        "terraform-ci",
        life="snoozed, told again when the snooze ends",
    ),
    Incident(
        "agent-loop-tokens",
        "assistant-prod",
        "spike",
        "ai-token-usage",
        -8,
        "A release of the assistant's worker asked the model again and again; rolled back the day"
        " after",
        (
            Change(
                "Claude Sonnet 4.5 (Amazon Bedrock Edition)",
                "USE1-MP:USE1_InputTokenCount-Units",
                since(-8, 640, 0.7, until=-6),
                "InvokeModelInference",
                unit="1M tokens",
                unit_price=3,
            ),
            Change(
                "Claude Sonnet 4.5 (Amazon Bedrock Edition)",
                "USE1-MP:USE1_OutputTokenCount-Units",
                since(-8, 120, 0.7, until=-6),
                "InvokeModelInference",
                unit="1M tokens",
                unit_price=15,
            ),
        ),
        (
            Event(
                -8,
                "06:44:10",
                "ecs.amazonaws.com",
                "UpdateService",
                pipeline("ci-deploy", 76350),
                {
                    "cluster": "assistant",
                    "service": "assistant-worker",
                    "taskDefinition": "assistant-worker:88",
                },
                (("AWS::ECS::Service", "assistant-worker"),),
            ),
        ),
        "ci-deploy",
        ongoing=False,
        life="new, silent, resolved",
    ),
    Incident(
        "egress-to-partner",
        "media-prod",
        "level-shift",
        "data-transfer",
        -7,
        "Masters are pulled by a partner straight from the encoder machines; grew fourfold and"
        " ended",
        (
            Change(
                "EC2 - Other",
                "EU-DataTransfer-Out-Bytes",
                lambda day: {-7: 95, -6: 110, -5: 460, -4: 475}.get(day, 0.0),
                "RunInstances",
                unit="GB",
                unit_price=0.09,
            ),
        ),
        (
            Event(
                -7,
                "07:20:51",
                "ec2.amazonaws.com",
                "AuthorizeSecurityGroupIngress",
                person("ines.costa"),
                {"groupId": "sg-0d4e5f60718293a4b"},
                (("AWS::EC2::SecurityGroup", "sg-0d4e5f60718293a4b"),),
            ),
        ),
        "AWSReservedSSO_PowerUserAccess",
        ongoing=False,
        life="new, escalated, resolved",
    ),
    Incident(
        "athena-booked-twice",
        "data-platform-prod",
        "spike",
        "billing-artefact",
        -6,
        "Athena's scan of one day was booked by mistake and taken off the bill two days later",
        (
            Change(
                "Amazon Athena",
                "USE1-DataScannedInTB",
                since(-6, 520, until=-5),
                "PRESTO_QUERY",
                unit="Terabytes",
                unit_price=5,
                restated_on=-4,
            ),
        ),
        ongoing=False,
        life="new, restated",
    ),
)
