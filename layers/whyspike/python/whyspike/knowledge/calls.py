"""What a call does by its name alone, for calls that no table knows: it makes something, starts a
job, changes a setting or ends something. AWS names its operations verb first."""

from __future__ import annotations

import re
from enum import StrEnum

from whyspike.knowledge.units import USUAL, fits


class Deed(StrEnum):
    MAKES = "makes"
    STARTS_A_RUN = "starts a job"
    CHANGES = "changes"
    ENDS = "ends"


_VERB = re.compile(r"(?:Batch|Admin)?([A-Z][a-z]+)(\w*)")
_RUN = re.compile(
    r"(Jobs?|Runs?|Quer(y|ies)|Executions?|Tasks?|Builds?|Batch|Workflow|Transcription)"
)
_STARTING = frozenset(("Start", "Execute", "Submit", "Run", "Send", "Trigger", "Initiate"))
_MAKING = frozenset(
    (
        *("Create", "Run", "Launch", "Allocate", "Register", "Purchase", "Request", "Import"),
        *("Restore", "Copy", "Provision", "Activate", "Subscribe", "Add", "Attach", "Start"),
        *("Join", "Issue", "Generate", "Deploy"),
    )
)
_CHANGING = frozenset(
    (
        *("Update", "Modify", "Put", "Set", "Enable", "Change", "Configure", "Resize", "Scale"),
        *("Increase", "Upgrade", "Apply", "Switch", "Associate", "Replace", "Reset", "Edit"),
        "Extend",
    )
)
_SCALING = re.compile(r"(?:Scale|Increase)|[A-Z][a-z]+\w*(?:NumberOf|Count(?![a-z])|Capacity)")
_ENDING = frozenset(
    (
        *("Delete", "Stop", "Terminate", "Remove", "Disable", "Release", "Deregister", "Cancel"),
        *("Detach", "Disassociate", "Suspend", "Pause", "Decrease"),
    )
)


def deed_of(event_name: str) -> Deed | None:
    """What the call does; None where its verb says nothing that could cost anything (Tag, Assume,
    Describe)."""
    match = _VERB.match(event_name)
    if match is None:
        return None
    verb, rest = match.groups()
    if verb in _STARTING and _RUN.search(rest):
        return Deed.STARTS_A_RUN
    if verb in _MAKING:
        return Deed.MAKES
    if verb in _CHANGING:
        return Deed.CHANGES
    return Deed.ENDS if verb in _ENDING else None


def category_of_call(event_name: str, measure: str | None, *, falling: bool = False) -> str | None:
    """The category of a cost that this call moved, in a meter of this unit; None where the call
    moves none. The unit outranks the verb: bytes that rise after a Create are bytes."""
    deed = deed_of(event_name)
    if deed is None:
        return None
    if falling:
        return "resource-config-change" if deed is Deed.CHANGES else "resources-removed"
    if deed is Deed.STARTS_A_RUN and measure in ("hours", "runtime", None):
        return "batch-job-or-query-runaway"  # a job is billed by its machines' hours
    scaling = bool(_SCALING.match(event_name))
    category = {
        Deed.MAKES: "new-resources-launched",
        Deed.STARTS_A_RUN: "batch-job-or-query-runaway",
        Deed.CHANGES: "scaling-out" if scaling else "resource-config-change",
        Deed.ENDS: "resource-config-change",
    }[deed]
    return category if fits(category, measure) else USUAL[measure or "hours"]
