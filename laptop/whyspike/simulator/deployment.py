"""Creates the deployed files in the simulation: the stack in the hub account, the roles in the
other accounts, the state machine.

Differences from AWS, each with its reason: resources that moto cannot create are parameters
(simulator/template.py); the state machine is created by its API, since moto's CloudFormation puts
it where nothing executes it; code is not uploaded, workers run it where it lies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import clean_json

from whyspike.simulator.aws.roles import check_sizes
from whyspike.simulator.functions.worker import Function
from whyspike.simulator.organization.folder import OrganizationFolder
from whyspike.simulator.stack_parameters import holds, stack_parameters
from whyspike.simulator.template import (
    CODE,
    STATE_MACHINE,
    Template,
    literal,
    load_template,
    read_template,
)

REGION = "us-east-1"
STACK = "whyspike"
MAX_ENVIRONMENT = 4096  # characters of all names and values of a function (Lambda quotas)

ORGANIZATION_ROLE = (  # the default name in organization/organization-roles.yaml
    "whyspike-organization"
)

Client = Callable[
    [str, str], Any
]  # (service, account id) -> boto3 client of that account's administrator


@dataclass(frozen=True)
class Deployment:
    """What was deployed: `resources` gives the physical id of a logical id; `journey` are the
    functions that the state machine calls."""

    functions: tuple[Function, ...]
    journey: tuple[str, ...]
    state_machine_arn: str
    state_machine_role: str
    resources: Mapping[str, str]
    outputs: Mapping[str, str]


def deploy_hub(
    template_file: Path,
    organization: OrganizationFolder,
    client: Client,
    parameters: Mapping[str, str],
    secrets: Mapping[str, str],
    url: str,
) -> Deployment:
    """The stack of template.yaml in the hub account. `secrets`: logical id -> text that is stored
    in a secret; `url`: address of the simulation. Raises StackRefused for parameters that
    CloudFormation would refuse."""
    hub = organization.hub_account
    template = load_template(template_file, REGION)
    known = stack_parameters(template.source, parameters, _pseudo_parameters(STACK, hub))
    stand_ins = {
        name: _stand_in(name, resource, client, known, secrets)
        for name, resource in template.replaced.items()
        if _is_wanted(resource, template, known)
    }
    values = {**parameters, **dict.fromkeys(template.replaced, ""), **stand_ins}
    for parameter, (name, attribute) in template.attributes.items():
        stand_in = stand_ins.get(name, "")
        values[parameter] = _attribute(template, name, attribute, stand_in, url)
    _upload_code(client("s3", hub))
    client("cloudformation", hub).create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(template.expanded),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": str(value)} for name, value in values.items()
        ],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )
    stack = cloudformation_backends[hub][REGION].get_stack(STACK)
    _must_be_complete(stack)
    check_sizes(hub)
    functions = tuple(
        _function(name, template, stack)
        for name, resource in template.source["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function" and _is_wanted(resource, template, known)
    )
    arn, role, definition = _state_machine(template, stack, stand_ins, client("stepfunctions", hub))
    deployed = {name: stack.resource_map.get(name) for name in template.expanded["Resources"]}
    created = {
        name: str(resource.physical_resource_id)
        for name, resource in deployed.items()
        if hasattr(resource, "physical_resource_id")
    }
    described = client("cloudformation", hub).describe_stacks(StackName=STACK)["Stacks"][0]
    outputs = {
        output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])
    }
    journey = tuple(function.arn for function in functions if function.arn in definition)
    return Deployment(functions, journey, arn, role, {**stand_ins, **created}, outputs)


def organization_role(organization: OrganizationFolder) -> str:
    """The OrganizationRoleArn of a hub that is not the payer (case C of docs/deploy.md); "" where
    it is."""
    if organization.hub_account == organization.management_account:
        return ""
    return f"arn:aws:iam::{organization.management_account}:role/{ORGANIZATION_ROLE}"


def deploy_roles(
    folder: Path, organization: OrganizationFolder, client: Client, parameters: Mapping[str, str]
) -> None:
    """member-role.yaml in every account that trusts the hub, organization-roles.yaml in the
    management account."""
    values = {
        "HubAccountId": organization.hub_account,
        "HubStackName": STACK,
        "OrganizationId": organization.id,
        **parameters,
    }
    values["QueriesCosts"] = (
        "true" if parameters.get("CostSource") == "payer" else "false"
    )  # as docs/deploy.md has the admin do it
    values["ReadsBudgets"] = parameters.get("ReadBudgets", "false")
    trusting = [
        account.id
        for account in organization.accounts.values()
        if account.access.assume_role == "ok"
    ]
    _create_everywhere(folder / "member-role.yaml", "whyspike-member", trusting, client, values)
    if (folder / "organization-roles.yaml").exists():
        _create_everywhere(
            folder / "organization-roles.yaml",
            ORGANIZATION_ROLE,
            [organization.management_account],
            client,
            values,
        )


def _create_everywhere(
    file: Path, stack: str, accounts: list[str], client: Client, values: Mapping[str, str]
) -> None:
    template = read_template(file)
    parameters = [
        {"ParameterKey": name, "ParameterValue": values[name]}
        for name in template.get("Parameters", {})
        if name in values
    ]
    given = {each["ParameterKey"]: each["ParameterValue"] for each in parameters}
    body = json.dumps(template)
    for account_id in accounts:
        stack_parameters(template, given, _pseudo_parameters(stack, account_id))
        client("cloudformation", account_id).create_stack(
            StackName=stack,
            TemplateBody=body,
            Parameters=parameters,
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        _must_be_complete(cloudformation_backends[account_id][REGION].get_stack(stack))
        check_sizes(account_id)


def _pseudo_parameters(stack: str, account_id: str) -> dict[str, str]:
    return {
        "AWS::StackName": stack,
        "AWS::AccountId": account_id,
        "AWS::Region": REGION,
        "AWS::Partition": "aws",
    }


def _must_be_complete(stack: Any) -> None:
    if stack.status != "CREATE_COMPLETE":
        raise RuntimeError(
            f"stack {stack.name}: {stack.status}: {getattr(stack, 'status_reason', '')}"
        )


def _upload_code(s3: Any) -> None:
    s3.create_bucket(Bucket=CODE["Bucket"])
    s3.put_object(
        Bucket=CODE["Bucket"], Key=CODE["Key"], Body=b"PK\x05\x06" + bytes(18)
    )  # an empty zip: workers run the source


def _stand_in(
    name: str,
    resource: Mapping[str, Any],
    client: Client,
    known: Mapping[str, str],
    secrets: Mapping[str, str],
) -> str:
    """What Ref gives for a resource that moto's CloudFormation cannot create; secrets are created
    by their API."""
    properties = resource.get("Properties", {})
    if resource["Type"] == "AWS::SecretsManager::Secret":
        manager = client("secretsmanager", known["AWS::AccountId"])
        given = {key: properties[key] for key in ("SecretString",) if key in properties}
        secret = manager.create_secret(Name=literal(properties["Name"], known), **given)
        if name in secrets:  # what the admin stores afterwards; before that there is no version
            manager.put_secret_value(SecretId=secret["ARN"], SecretString=secrets[name])
        return str(secret["ARN"])
    if resource["Type"] == STATE_MACHINE:
        machine = literal(properties.get("StateMachineName", f"{STACK}-{name}"), known)
        return f"arn:aws:states:{REGION}:{known['AWS::AccountId']}:stateMachine:{machine}"
    return f"simulated-{name}"


def _attribute(template: Template, name: str, attribute: str, stand_in: str, url: str) -> str:
    resource = template.replaced[name]
    if resource["Type"] == "AWS::Lambda::Url":
        return f"{url}/function-url/{name.removesuffix('Url')}/"
    if resource["Type"] == STATE_MACHINE and attribute == "Name":
        return stand_in.rpartition(":")[2]
    return stand_in if attribute in ("Arn", "Id") else f"{stand_in}-{attribute}"


def _is_wanted(resource: Mapping[str, Any], template: Template, known: Mapping[str, str]) -> bool:
    """Whether the condition of a resource holds; without one it is always made."""
    named = template.source.get("Conditions", {})
    return "Condition" not in resource or holds({"Condition": resource["Condition"]}, known, named)


def _function(name: str, template: Template, stack: Any) -> Function:
    written = template.source["Resources"][name]["Properties"]
    properties = clean_json(template.expanded["Resources"][name]["Properties"], stack.resource_map)
    deployed = stack.resource_map[name]
    code = (template.folder / written["CodeUri"]).resolve()
    layers = [
        template.source["Resources"][layer["Ref"]]["Properties"]["ContentUri"]
        for layer in written.get("Layers", [])
    ]
    reserved = properties.get("ReservedConcurrentExecutions")
    environment = {
        key: str(value)
        for key, value in properties.get("Environment", {}).get("Variables", {}).items()
    }
    if sum(map(len, (*environment, *environment.values()))) > MAX_ENVIRONMENT:
        raise RuntimeError(
            f"{name}: Lambda was unable to configure your environment variables because the"
            " environment variables you have provided exceeded the 4KB limit."
        )
    return Function(
        deployed.function_name,
        deployed.function_arn,
        name,
        properties["Handler"],
        code,
        (code, *((template.folder / layer / "python").resolve() for layer in layers)),
        environment,
        int(properties.get("Timeout", 3)),
        int(properties.get("MemorySize", 128)),
        properties["Role"],
        None if reserved is None else int(reserved),
    )


def _state_machine(
    template: Template, stack: Any, stand_ins: Mapping[str, str], stepfunctions: Any
) -> tuple[str, str, str]:
    """Creates the one state machine with its substitutions resolved; gives its ARN, its role's and
    the definition."""
    name = next(
        name for name, resource in template.replaced.items() if resource["Type"] == STATE_MACHINE
    )
    properties = template.replaced[name]["Properties"]
    definition = (
        template.folder / template.source["Resources"][name]["Properties"]["DefinitionUri"]
    ).read_text("utf-8")
    for key, value in clean_json(
        properties.get("DefinitionSubstitutions", {}), stack.resource_map
    ).items():
        definition = definition.replace(f"${{{key}}}", str(value))
    role = clean_json(properties["RoleArn"], stack.resource_map)
    created = stepfunctions.create_state_machine(
        name=stand_ins[name].rpartition(":")[2], definition=definition, roleArn=role
    )
    return str(created["stateMachineArn"]), str(role), definition
