"""How AWS was asked is told with its remedy by every command, whatever was asked."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from whyspike.cli.failures import FAILED, WRONG_CLOCK, ending_of


def answered(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no."}}, "GetCostAndUsage")


@pytest.mark.parametrize("code", WRONG_CLOCK)
def test_a_wrong_clock_is_told_with_its_remedy(code: str) -> None:
    ending = ending_of(answered(code))
    assert ending
    assert ending.exit_code == FAILED
    assert "no. Remedy: set this machine's clock" in ending.line


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId"])
def test_keys_that_are_void_are_told_with_how_to_get_others(code: str) -> None:
    ending = ending_of(answered(code))
    assert ending
    assert "Remedy: sign in again" in ending.line


def test_any_other_refusal_is_told_as_it_is() -> None:
    ending = ending_of(answered("ThrottlingException"))
    assert ending
    assert "Remedy" not in ending.line
