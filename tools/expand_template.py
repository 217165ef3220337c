"""Expands template.yaml as CloudFormation would: the SAM transform applied, the state machine's definition inlined.

    python tools/expand_template.py > expanded.json

cfn-lint and checkov see what will be deployed only in this form: `sam validate --lint` does not apply the transform.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import boto3
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

# SAM asks IAM for the ARNs of its managed policies; these are the ones that it adds by itself.
_MANAGED_POLICIES = {
    name: f"arn:aws:iam::aws:policy/{path}"
    for name, path in {
        "AWSLambdaBasicExecutionRole": "service-role/AWSLambdaBasicExecutionRole",
        "AWSXRayDaemonWriteAccess": "AWSXRayDaemonWriteAccess",
    }.items()
}


def read_template(path: Path) -> dict[str, Any]:
    """The template with its short forms (`!Ref`) written out."""
    template: dict[str, Any] = yaml_parse(path.read_text(encoding="utf-8"))
    return template


def expand(path: Path, region: str = "us-east-1") -> dict[str, Any]:
    """The template without SAM types. Raises samtranslator's InvalidDocumentException."""
    template = read_template(path)
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::StateMachine":
            properties["Definition"] = json.loads((path.parent / properties.pop("DefinitionUri")).read_text(encoding="utf-8"))
        for local in ("CodeUri", "ContentUri"):
            if local in properties:
                properties[local] = {"Bucket": "artifacts", "Key": properties[local]}
    session = boto3.Session(region_name=region)
    translator = Translator(_MANAGED_POLICIES, Parser(), boto_session=session)
    expanded: dict[str, Any] = translator.translate(template, parameter_values={})
    return expanded


if __name__ == "__main__":
    json.dump(expand(Path("template.yaml")), sys.stdout, indent=1)
