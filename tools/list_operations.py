"""Write data/list_operations.csv: how each service of AWS is asked for what it holds.

    python tools/list_operations.py

Out of botocore's models: the operations that list or describe, need no argument and give no secret,
as the AWS CLI writes them, each with the event source of its service. Where no table knows a
service, the first look is one of these. Run it after an update of botocore (make lock).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import botocore.session
from botocore import xform_name

from whyspike.knowledge.denied_operations import is_denied
from whyspike.knowledge.events import normalise_event_source

FILE = Path(__file__).parents[1] / "layers/whyspike/python/whyspike/data/list_operations.csv"
FIELDS = ("event_source", "service", "operation", "source")
_LISTING = re.compile(r"(List|Describe)[A-Z]\w+s\b")
# Names of the AWS CLI that differ from botocore's.
_CLI_NAMES = {"config": "configservice", "codedeploy": "deploy", "s3": "s3api"}


def rows() -> Iterator[dict[str, str]]:
    """One row an operation, by service and name."""
    session = botocore.session.get_session()
    for service in sorted(session.get_available_services()):
        model = session.get_service_model(service)
        source = normalise_event_source(model.endpoint_prefix)
        cli = _CLI_NAMES.get(service, service)
        for name in sorted(model.operation_names):
            shape = model.operation_model(name).input_shape
            operation = xform_name(name, "-")
            needs = bool(shape and shape.required_members)
            if _LISTING.fullmatch(name) and not needs and not is_denied(cli, operation):
                yield dict(zip(FIELDS, (source, cli, operation, "api"), strict=True))


def main() -> None:
    with FILE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows())


if __name__ == "__main__":
    main()
