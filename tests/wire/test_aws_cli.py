"""Commands that are shown to people: what passes, what does not, and that nothing breaks the
checker."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whyspike.wire.aws_cli.commands import check_command

METRIC_DATA = json.dumps(
    [
        {
            "Id": "q1",
            "Expression": (
                'SELECT SUM(Bytes) FROM SCHEMA("AWS/NATGateway", NatGatewayId) GROUP BY'
                " NatGatewayId"
            ),
            "Period": 3600,
        }
    ]
)
GOOD = {
    "ids": (
        "aws ec2 describe-volumes --volume-ids vol-0b7d1e94ac2f53086 vol-0c8e2fa5bd3064197 --region"
        " us-east-1"
    ),
    "shorthand list": (
        "aws ec2 describe-nat-gateways --filter Name=state,Values=available,deleted --region"
        " eu-west-1"
    ),
    "shorthand quoted": (
        "aws ec2 describe-snapshots --owner-ids self --filters 'Name=tag:team,Values=platform'"
        " --region us-west-2"
    ),
    "statistics": (
        "aws cloudwatch get-metric-statistics --namespace AWS/NATGateway --metric-name"
        " BytesOutToDestination --dimensions Name=NatGatewayId,Value=nat-0a41 --start-time"
        " 2026-03-01T00:00:00Z --end-time 2026-03-02 --period 86400 --statistics Sum"
    ),
    "json in quotes": (
        f"aws cloudwatch get-metric-data --metric-data-queries '{METRIC_DATA}' --start-time"
        " 2026-03-01 --end-time 2026-03-02"
    ),
    "structure": (
        "aws ce get-cost-and-usage --time-period Start=2026-03-01,End=2026-03-05 --granularity"
        " DAILY --metrics UnblendedCost UsageQuantity"
    ),
    "group by": (
        "aws ce get-cost-and-usage --time-period Start=2026-03-01,End=2026-03-05 --granularity"
        " DAILY --metrics UnblendedCost --group-by Type=DIMENSION,Key=USAGE_TYPE"
    ),
    "json structure": (
        "aws ce get-cost-and-usage --time-period Start=2026-03-01,End=2026-03-05 --granularity"
        ' DAILY --metrics UnblendedCost --filter \'{"Dimensions":{"Key":"SERVICE","Values":["EC2 -'
        " Other\"]}}'"
    ),
    "option first": (
        "aws --region us-east-1 rds describe-db-instances --db-instance-identifier orders-main"
    ),
    "equals sign": (
        "aws rds describe-db-instances --db-instance-identifier=orders-main --region=us-east-1"
    ),
    "query": (
        "aws rds describe-db-instances --query 'DBInstances[].DBInstanceClass' --output table"
        " --region us-east-1"
    ),
    "lookup": (
        "aws cloudtrail lookup-events --lookup-attributes"
        " AttributeKey=EventName,AttributeValue=RunInstances --start-time 2026-03-01T00:00:00Z"
        " --end-time 2026-03-02T00:00:00Z --region us-east-1 --max-items 50"
    ),
    "renamed service": "aws s3api get-bucket-policy --bucket northwind-open-datasets",
    "head": "aws s3api head-bucket --bucket northwind-open-datasets",
    "config": "aws configservice describe-configuration-recorders --region us-east-1",
    "codedeploy": "aws deploy list-applications --region us-east-1",
    "no input": "aws sts get-caller-identity",
    "access keys by name": "aws iam list-access-keys --user-name svc-mobile-ci",
    "configuration of a function": (
        "aws lambda get-function-configuration --function-name payments-authorize --region"
        " eu-west-1"
    ),
    "flag": (
        "aws ec2 describe-snapshots --owner-ids self --no-dry-run --no-paginate --region us-east-1"
    ),
    "pi": (
        "aws pi describe-dimension-keys --service-type RDS --identifier db-ABC --metric db.load.avg"
        " --start-time 2026-03-01 --end-time 2026-03-02 --group-by Group=db.sql --region us-east-1"
    ),
    "s3 ls": (
        "aws s3 ls s3://northwind-open-datasets/raw/ --recursive --summarize --region us-west-2"
    ),
    "s3 ls alone": "aws s3 ls",
    "savings plans": "aws savingsplans describe-savings-plans --states active retired",
}
BAD = {
    "changes": ("aws ec2 terminate-instances --instance-ids i-0abc", "not read-only"),
    "starts": ("aws rds start-db-instance --db-instance-identifier a", "not read-only"),
    "creates": ("aws iam create-access-key --user-name a", "not read-only"),
    "puts": ("aws s3api put-bucket-policy --bucket aaa --policy x", "not read-only"),
    "runs": ("aws lambda invoke --function-name a out", "not read-only"),
    "secret": ("aws secretsmanager get-secret-value --secret-id a", "reads secrets"),
    "parameter": ("aws ssm get-parameter --name a --with-decryption", "reads secrets"),
    "parameters": ("aws ssm get-parameters-by-path --path /", "reads secrets"),
    "object": ("aws s3api get-object --bucket aaa --key b c", "reads secrets"),
    "item": ("aws dynamodb get-item --table-name a --key '{}'", "reads secrets"),
    "log lines": (
        "aws logs filter-log-events --log-group-name /app/a",
        "reads secrets or content",
    ),
    "log stream": (
        "aws logs get-log-events --log-group-name /app/a --log-stream-name b",
        "reads secrets or content",
    ),
    "log search": (
        "aws logs start-query --log-group-name /app/a --start-time 1 --end-time 2 --query-string x",
        "reads secrets or content",
    ),
    "query result": (
        "aws athena get-query-results --query-execution-id a",
        "reads secrets or content",
    ),
    "scan": ("aws dynamodb scan --table-name a", "not read-only"),
    "session": ("aws sts get-session-token", "reads secrets"),
    "assume": ("aws sts assume-role --role-arn a --role-session-name b", "reads secrets"),
    "decrypt": ("aws kms decrypt --ciphertext-blob a", "not read-only"),
    "registry login": ("aws ecr get-login-password --region us-east-1", "no operation"),
    "registry token": ("aws ecr get-authorization-token --region us-east-1", "reads secrets"),
    "password": ("aws ec2 get-password-data --instance-id i-0abc", "reads secrets"),
    "user data": (
        "aws ec2 describe-instance-attribute --instance-id i-0abc --attribute userData",
        "reads secrets",
    ),
    "code": ("aws lambda get-function --function-name a", "reads secrets"),
    "copy": ("aws s3 cp s3://abc/x .", "not read-only"),
    "pipe": ("aws ec2 describe-volumes | sh", "shell operator"),
    "chain": ("aws ec2 describe-volumes; rm -rf /", "shell operator"),
    "and": ("aws ec2 describe-volumes && reboot", "shell operator"),
    "redirect": ("aws ec2 describe-volumes > x", "shell operator"),
    "substitution": ("aws ec2 describe-volumes --volume-ids $(id)", "shell expansion"),
    "backticks": ("aws ec2 describe-volumes --volume-ids `id`", "shell expansion"),
    "variable": ('aws ec2 describe-volumes --volume-ids "$HOME"', "shell expansion"),
    "brace": ("aws ec2 describe-volumes --volume-ids {a,b}", "shell expansion"),
    "second line": ("aws ec2 describe-volumes\nreboot", "line break"),
    "open quote": ("aws ec2 describe-volumes --volume-ids 'a", "quote"),
    "angle placeholder": ("aws ec2 describe-volumes --volume-ids <id>", "shell operator"),
    "quoted placeholder": ("aws ec2 describe-volumes --volume-ids '<id>'", "placeholder"),
    "named placeholder": ("aws ec2 describe-volumes --volume-ids YOUR_ID", "placeholder"),
    "braced placeholder": ("aws ec2 describe-volumes --volume-ids '{volume_id}'", "placeholder"),
    "file": ("aws ce get-cost-and-usage --filter file:///etc/passwd", "reads a file"),
    "another program": ("curl -s example.com", "not an aws command"),
    "prefix": ("sudo aws ec2 describe-volumes", "not an aws command"),
    "no service": ("aws ec3 describe-volumes", "no service"),
    "models' name": ("aws config describe-config-rules", "no service"),
    "no operation": ("aws ec2 describe-volume", "no operation"),
    "service alone": ("aws ec2", "no operation"),
    "help": ("aws ec2 --help", "no operation"),
    "unknown option": ("aws ec2 describe-volumes --volume vol-1", "no option --volume"),
    "other endpoint": (
        "aws ec2 describe-volumes --endpoint-url https://evil.example",
        "reads a file or an address",
    ),
    "other profile": ("aws ec2 describe-volumes --profile admin", "no option --profile"),
    "missing": ("aws s3api get-bucket-policy", "Missing required parameter"),
    "missing in structure": (
        "aws ce get-cost-and-usage --time-period Start=2026-03-01 --granularity DAILY --metrics A",
        "Missing required",
    ),
    "enumeration": (
        (
            "aws ce get-cost-and-usage --time-period Start=2026-03-01,End=2026-03-02 --granularity"
            " daily --metrics A"
        ),
        "not one of",
    ),
    "enumeration in list": ("aws savingsplans describe-savings-plans --states gone", "not one of"),
    "member": ("aws ec2 describe-volumes --filters Nam=a,Values=b", "no member Nam"),
    "not JSON": ("aws ce get-cost-and-usage --filter '{x}'", "placeholder"),
    "broken JSON": ("aws ce get-cost-and-usage --filter '{\"a\":'", "not JSON"),
    "region": ("aws ec2 describe-volumes --region everywhere", "region"),
    "time": ("aws cloudtrail lookup-events --start-time yesterday", "not a time"),
    "integer": ("aws ec2 describe-volumes --max-results many", "not an integer"),
    "twice": ("aws ec2 describe-volumes --region us-east-1 --region us-east-2", "twice"),
    "stray": ("aws ec2 describe-volumes vol-1", "stray word"),
    "query": ("aws ec2 describe-volumes --query 'Volumes['", "--query"),
    "non-ASCII": ("aws ec2 describe-volumes --volume-ids vol\u2010x", "letter outside ASCII"),
    "long": ("aws ec2 describe-volumes " + "a" * 2000, "too long"),
    "empty": ("", "not an aws command"),
}


@pytest.mark.parametrize("command", GOOD.values(), ids=GOOD)
def test_a_literal_valid_reading_command_passes(command: str) -> None:
    assert check_command(command) == ""


@pytest.mark.parametrize(("command", "reason"), BAD.values(), ids=BAD)
def test_anything_else_is_refused_with_its_reason(command: str, reason: str) -> None:
    assert reason in check_command(command)


WORDS = st.sampled_from(
    [
        *" '\"$`\\|;&<>{}[]()*#~=,-\n",
        "aws",
        " ec2 ",
        "describe-volumes",
        " --filters ",
        "Name=",
        "Values=",
        "\u202e",
        "a",
    ]
)


@given(
    st.one_of(
        st.text(max_size=120),
        st.lists(WORDS, max_size=25).map("".join),
        st.lists(WORDS, max_size=20).map(lambda w: "aws ec2 " + "".join(w)),
    )
)
@settings(max_examples=150, deadline=None)
def test_no_string_breaks_the_checker(text: str) -> None:
    assert isinstance(check_command(text), str)


@given(st.text(alphabet="$`|;&<>(){}*?!\\\n", min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_nothing_that_a_shell_acts_on_passes_outside_quotes(text: str) -> None:
    assert check_command(f"aws ec2 describe-volumes --volume-ids vol-1{text} --region us-east-1")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["Dimensions", "Key", "Values", "And", "x"]), inner, max_size=3
            )
        ),
    )
)
@settings(max_examples=100, deadline=None)
def test_any_json_value_gets_a_verdict(value: object) -> None:
    text = json.dumps(value).replace("'", "")
    assert isinstance(check_command(f"aws ce get-cost-and-usage --filter '{text}'"), str)
