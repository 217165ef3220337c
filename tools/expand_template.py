"""Expands template.yaml as CloudFormation would: the SAM transform applied, the state machine's
definition inlined.

    python tools/expand_template.py FOLDER      writes template.json and scan.asl.json into it

cfn-lint and checkov see what will be deployed only in this form (`sam validate --lint` does not
apply the transform), and check_definition.py wants a definition whose substitutions are made.
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
            properties["Definition"] = json.loads(
                (path.parent / properties.pop("DefinitionUri")).read_text(encoding="utf-8")
            )
        for local in ("CodeUri", "ContentUri"):
            if local in properties:
                properties[local] = {"Bucket": "artifacts", "Key": properties[local]}
    session = boto3.Session(region_name=region)
    translator = Translator(_MANAGED_POLICIES, Parser(), boto_session=session)
    expanded: dict[str, Any] = translator.translate(template, parameter_values={})
    for resource in expanded["Resources"].values():
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            _join(resource["Properties"])
    return expanded


def _join(machine: dict[str, Any]) -> None:
    """SAM joins the definition of its lines, and cfn-lint goes one call deeper for each of them; in
    one piece it is read, with the partition that the schema of states knows."""
    glue, lines = machine["DefinitionString"]["Fn::Join"]
    machine["DefinitionString"] = glue.join(lines).replace("${Partition}", "aws")


def substituted_definition(path: Path) -> str:
    """The state machine's definition with every substitution replaced by a value of its form."""
    template = read_template(path)
    properties = next(
        r["Properties"]
        for r in template["Resources"].values()
        if r["Type"] == "AWS::Serverless::StateMachine"
    )
    text: str = (path.parent / properties["DefinitionUri"]).read_text(encoding="utf-8")
    for name in properties["DefinitionSubstitutions"]:
        sample = (
            f"arn:aws:lambda:us-east-1:111122223333:function:{name}"
            if name.endswith("Arn")
            else {"Partition": "aws"}.get(name, name)
        )
        text = text.replace(f"${{{name}}}", sample)
    return text


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    template = Path("template.yaml")
    (folder / "template.json").write_text(json.dumps(expand(template), indent=1), encoding="utf-8")
    (folder / "scan.asl.json").write_text(substituted_definition(template), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
