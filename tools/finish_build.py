"""Judges what `sam build` left: prints what each function carries, unzipped, with its layers; fails
above Lambda's 250 MB, and where a function has no handler file (`sam build` passes over a missing
CodeUri without a word). The built template then takes no other Architecture than its layers'.

    python tools/finish_build.py .aws-sam/build

Source of the limit: AWS Lambda quotas, "Deployment package (.zip file archive) size, unzipped, with
layers".
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from samcli.yamlhelper import yaml_dump, yaml_parse

MAX_BYTES = 250 * 1024 * 1024


def folder_size(folder: Path) -> int:
    return sum(
        file.stat().st_size
        for file in folder.rglob("*")
        if file.is_file() and not file.is_symlink()
    )


def package_sizes(build: Path) -> dict[str, dict[str, int]]:
    """Bytes by function, then by part ("code" or the layer's logical id), of the folder that `sam
    build` made."""
    resources: dict[str, Any] = yaml_parse((build / "template.yaml").read_text())["Resources"]
    layers = {
        name: folder_size(build / resource["Properties"]["ContentUri"])
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::LayerVersion"
    }
    return {
        name: {
            "code": folder_size(build / resource["Properties"]["CodeUri"]),
            **{layer["Ref"]: layers[layer["Ref"]] for layer in resource["Properties"]["Layers"]},
        }
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def hold_architecture(build: Path) -> str:
    """The architecture of the layers. CloudFormation refuses the built template with another one,
    before it changes anything: functions cannot load what was compiled for another processor."""
    file = build / "template.yaml"
    template: dict[str, Any] = yaml_parse(file.read_text())
    (architecture,) = {
        Path(resource["Metadata"]["ContextPath"]).name
        for resource in template["Resources"].values()
        if "ContextPath" in resource.get("Metadata", {})
    }
    template["Parameters"]["Architecture"] |= {
        "Default": architecture,
        "AllowedValues": [architecture],
        "ConstraintDescription": f"{architecture}, for which these layers were built; make build"
        " makes them for x86_64, make build-arm64 for arm64",
    }
    file.write_text(yaml_dump(template))
    return architecture


def main(build: Path) -> int:
    sizes = package_sizes(build)
    print(f"{'function':<18}{'MB unzipped':>12}   of which")
    for name, parts in sizes.items():
        detail = ", ".join(f"{part} {size / 2**20:.1f}" for part, size in parts.items())
        print(f"{name:<18}{sum(parts.values()) / 2**20:>12.1f}   {detail}")
    too_large = [name for name, parts in sizes.items() if sum(parts.values()) > MAX_BYTES]
    for name in too_large:
        print(
            f"{name} is above Lambda's 250 MB. Remedy: move a dependency out of its layers",
            file=sys.stderr,
        )
    empty = [name for name in sizes if not (build / name / "app.py").exists()]
    for name in empty:
        print(f"{name} has no app.py. Remedy: check its CodeUri in template.yaml", file=sys.stderr)
    print(f"deploy it with Architecture={hold_architecture(build)}")
    return 1 if too_large or empty else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
