"""The commands and names of docs/deploy.md exist: AWS CLI operations and options, parameters,
targets, outputs, files."""

from __future__ import annotations

import json
import re

import pytest
from botocore import xform_name
from botocore.session import get_session

from tests.support.command_line import parsed
from tests.support.deployed import PROJECT, template
from tools.expand_template import read_template

DEPLOY = (PROJECT / "docs" / "deploy.md").read_text()
SHELL = "\n".join(re.findall(r"```sh\n(.*?)```", DEPLOY, re.DOTALL)).replace("\\\n", " ")
OF_EVERY_COMMAND = {"query", "output", "region", "profile"}  # of the AWS CLI itself
OF_THE_CLI = {
    "cloudformation deploy": {"stack-name", "template-file", "capabilities", "parameter-overrides"}
}


def commands(program: str) -> list[str]:
    """Those of the shell blocks, also within $(...)."""
    lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in SHELL.splitlines()]
    lines = [found[1] if (found := re.search(r"\$\((.*)\)$", line)) else line for line in lines]
    return [line for line in lines if re.match(rf"(\.venv/bin/)?{program} ", line)]


@pytest.mark.parametrize("command", commands("aws"))
def test_an_aws_command_has_an_operation_and_options_that_exist(command: str) -> None:
    _, service, operation, *_ = command.split()
    options = set(re.findall(r"(?<= --)[a-z-]+", command)) - OF_EVERY_COMMAND
    if f"{service} {operation}" in OF_THE_CLI:
        assert options <= OF_THE_CLI[f"{service} {operation}"]
        return
    model = get_session().get_service_model({"s3api": "s3"}.get(service, service))
    found = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(found[operation]).input_shape
    assert shape
    members = {xform_name(name, "-") for name in shape.members}
    assert {
        option.removeprefix("no-") if option.removeprefix("no-") in members else option
        for option in options
    } <= members
    assert {xform_name(name, "-") for name in shape.required_members} <= members


def parameters_of(command: str) -> set[str]:
    named = set(re.findall(r"ParameterKey=(\w+)", command))
    return named | {
        name
        for name in re.findall(r"\b([A-Z]\w+)=", command)
        if name not in {"ParameterKey", "ParameterValue"}
    }


@pytest.mark.parametrize("file", ["member-role", "organization-roles"])
def test_parameters_of_the_role_stacks_exist_and_all_that_have_no_default_are_given(
    file: str,
) -> None:
    known = read_template(PROJECT / "organization" / f"{file}.yaml")["Parameters"]
    needed = {name for name, parameter in known.items() if "Default" not in parameter}
    using = [command for command in commands("aws") if f"{file}.yaml" in command]
    assert using
    for command in using:
        given = set(re.findall(r"ParameterKey=(\w+)", command)) or set(
            re.findall(r" ([A-Z]\w+)=", command.split("--parameter-overrides")[1])
        )
        assert needed <= given <= set(known), command


@pytest.mark.parametrize(
    "command", [command for command in commands("aws") if "update-stack-set" in command]
)
def test_an_update_of_a_stack_set_resets_no_parameter(command: str) -> None:
    """What is not named goes back to its default."""
    (file,) = re.findall(r"file://(organization/[\w-]+\.yaml)", command)
    assert set(re.findall(r"ParameterKey=(\w+),UsePreviousValue=true", command)) == set(
        read_template(PROJECT / file)["Parameters"]
    )


def test_no_secret_is_written_on_a_command_line() -> None:
    stored = [command for command in commands("aws") if "put-secret-value" in command]
    assert stored
    assert all(command.endswith("--secret-string file:///dev/stdin") for command in stored)


def test_the_external_id_is_made_once_into_a_file_and_read_from_it_or_from_the_stack() -> None:
    (into_file,) = re.findall(r"cat > ~/whyspike.env <<END\n(.*?)\nEND", SHELL, re.DOTALL)
    assert "$(uuidgen)" in into_file
    assert SHELL.count("uuidgen") == 1


def test_stack_sets_get_trusted_access_before_one_is_made() -> None:
    made = [command.split()[2] for command in commands("aws")]
    assert made.index("activate-organizations-access") < made.index("create-stack-set")


def test_names_that_the_stack_knows_are_asked_for_before_it_is_deleted() -> None:
    uninstall = DEPLOY.split("## Uninstall")[1]
    for variable in ("TABLE", "BUCKET"):
        assert (
            uninstall.index(f"export {variable}=")
            < uninstall.index("sam delete")
            < uninstall.index(f"${variable}")
        )


def test_outputs_that_commands_ask_for_exist() -> None:
    asked = set(re.findall(r"OutputKey=='(\w+)'", DEPLOY))
    assert asked
    assert asked <= set(template()["Outputs"])


def test_the_tools_that_are_named_exist() -> None:
    named = set(re.findall(r"\.venv/bin/python (tools/\w+\.py)", SHELL))
    assert named
    assert all((PROJECT / name).exists() for name in named)


def test_parameters_of_the_hub_exist() -> None:
    first, *_ = commands("sam deploy")
    named = set(re.findall(r" ([A-Z]\w+)=", first.split("--parameter-overrides")[1]))
    named |= set(re.findall(r"(?<=[` ])([A-Z][a-z][A-Za-z]+)=", DEPLOY))
    of_other_stacks = {
        "HubStackName",
        "HubAccountId",
        "OrganizationId",
        "ParameterKey",
        "ParameterValue",
        "DelegatesToHub",
        "QueriesCosts",
        "ReadsBudgets",
        "OrganizationRoleName",
    }
    of_the_cli = {
        "Enabled",
        "RetainStacksOnAccountRemoval",
        "MaxConcurrentPercentage",
        "FailureTolerancePercentage",
        "OrganizationalUnitIds",
    }
    assert named - of_other_stacks - of_the_cli <= set(template()["Parameters"])


def test_outputs_that_are_named_exist() -> None:
    assert set(re.findall(r"output `(\w+)`", DEPLOY)) <= set(template()["Outputs"])


def test_make_targets_exist() -> None:
    makefile = (PROJECT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z0-9-]+)", SHELL):
        assert re.search(rf"^[a-z0-9 -]*\b{target}\b[a-z0-9 -]*:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("command", commands("whyspike"))
def test_a_whyspike_command_parses(command: str) -> None:
    _, *given = command.replace("$AWS_REGION", "eu-west-1").split()
    assert parsed(given).command.name == given[0]


def test_the_slack_manifest_is_json_with_the_scopes_that_the_doctor_asks_for() -> None:
    from whyspike.cli.doctor.services import SCOPES

    manifest = json.loads(re.findall(r"```json\n(.*?)```", DEPLOY, re.DOTALL)[0])
    assert set(SCOPES) <= set(manifest["oauth_config"]["scopes"]["bot"])


@pytest.mark.parametrize("page", ["deploy.md", "security.md", "costs.md"])
def test_links_lead_to_files(page: str) -> None:
    text = (PROJECT / "docs" / page).read_text()
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (PROJECT / "docs" / link).exists(), link
