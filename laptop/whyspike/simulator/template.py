"""template.yaml as CloudFormation that moto can create: translated by aws-sam-translator, what moto
cannot create made a parameter."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from moto.cloudformation.parsing import get_model_map
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

CODE = {"Bucket": "whyspike-artifacts", "Key": "code.zip"}
STATE_MACHINE = "AWS::StepFunctions::StateMachine"
_SUB = re.compile(r"\$\{([A-Za-z0-9:]+)(?:\.([A-Za-z.]+))?\}")


@dataclass(frozen=True)
class Template:
    """`source` as written, in `folder`; `expanded` as moto gets it.

    `replaced`: logical id -> the resource of the translated template that became a parameter of
    that name (state machines among them);
    `attributes`: parameter -> (logical id, attribute) that it stands for."""

    source: Mapping[str, Any]
    expanded: Mapping[str, Any]
    replaced: Mapping[str, Mapping[str, Any]]
    attributes: Mapping[str, tuple[str, str]]
    folder: Path


def read_template(file: Path) -> dict[str, Any]:
    """A CloudFormation or SAM file with its short forms spelled out."""
    template: dict[str, Any] = yaml_parse(file.read_text("utf-8"))
    return template


def load_template(file: Path, region: str) -> Template:
    """Reads and translates a SAM template. Raises samtranslator's InvalidDocumentException for what
    SAM refuses."""
    source = read_template(file)
    packaged = copy.deepcopy(source)
    for resource in packaged["Resources"].values():
        for local in ("CodeUri", "ContentUri", "DefinitionUri"):
            if local in resource.get("Properties", {}):
                resource["Properties"][local] = dict(CODE)
    session = boto3.Session("none", "none", region_name=region)
    defaults = {
        name: parameter.get("Default", "")
        for name, parameter in source.get("Parameters", {}).items()
    }
    translator = Translator(None, Parser(), boto_session=session)
    expanded = translator.translate(packaged, defaults, get_managed_policy_map=dict)
    return _for_moto(source, expanded, file.parent)


def literal(value: Any, known: Mapping[str, str]) -> str:
    """A name that depends on parameters and pseudo parameters alone, resolved from `known`."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and "Ref" in value:
        return known[value["Ref"]]
    if isinstance(value, Mapping) and isinstance(value.get("Fn::Sub"), str):
        return _SUB.sub(lambda found: known[found[1]], value["Fn::Sub"])
    raise ValueError(f"a name that the simulator cannot resolve: {value}")


def _for_moto(source: Mapping[str, Any], expanded: dict[str, Any], folder: Path) -> Template:
    known = get_model_map()
    replaced = {
        name: resource
        for name, resource in expanded["Resources"].items()
        if resource["Type"] not in known or resource["Type"] == STATE_MACHINE
    }
    attributes: dict[str, tuple[str, str]] = {}
    kept = {
        name: resource for name, resource in expanded["Resources"].items() if name not in replaced
    }
    for resource in kept.values():
        depends = [name for name in _list(resource.pop("DependsOn", [])) if name not in replaced]
        if depends:
            resource["DependsOn"] = depends
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Conditions": expanded.get("Conditions", {}),
        "Resources": _rewritten(kept, replaced, attributes),
        "Outputs": _rewritten(expanded.get("Outputs", {}), replaced, attributes),
        "Mappings": expanded.get("Mappings", {}),
    }
    state_machines = {
        name: resource for name, resource in replaced.items() if resource["Type"] == STATE_MACHINE
    }
    rewritten = {**replaced, **_rewritten(state_machines, replaced, attributes)}
    template["Parameters"] = {
        **{
            name: {"Type": "String", "Default": parameter.get("Default", "")}
            for name, parameter in expanded.get("Parameters", {}).items()
        },
        **{name: {"Type": "String"} for name in [*replaced, *attributes]},
    }
    return Template(source, template, rewritten, attributes, folder)


def _rewritten(
    value: Any, replaced: Mapping[str, Any], attributes: dict[str, tuple[str, str]]
) -> Any:
    """`value` with every Fn::GetAtt and ${X.Attribute} of a replaced resource X turned into a
    reference to a parameter."""

    def attribute(name: str, of: str) -> str:
        parameter = name + re.sub(r"\W", "", of)
        attributes[parameter] = (name, of)
        return parameter

    if isinstance(value, Mapping):
        found = value.get("Fn::GetAtt")
        if isinstance(found, list) and found[0] in replaced:
            return {"Ref": attribute(found[0], found[1])}
        return {key: _rewritten(member, replaced, attributes) for key, member in value.items()}
    if isinstance(value, list):
        return [_rewritten(member, replaced, attributes) for member in value]
    if isinstance(value, str):
        return _SUB.sub(
            lambda sub: (
                f"${{{attribute(sub[1], sub[2])}}}" if sub[2] and sub[1] in replaced else sub[0]
            ),
            value,
        )
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
