"""How money, shares and quantities are written."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal

_SIGNS = {"": "$", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_shown_in = ContextVar("currency", default="USD")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_CENT = Decimal("0.01")


def dollars(amount: Decimal | float | str, *, sign: bool = False) -> str:
    """US dollars as every text writes them: cents below $100 ("$0.42", "$42.50"), whole dollars
    from $100 on ("$4,200"). Within `in_currency` the sign is that of the bill ("€4,200").

    Nothing at all is "$0"; what is less than half a cent is "$0.00". A minus stands before the
    dollar sign ("-$4,200"); with `sign`, a plus does ("+$212").
    """
    value = Decimal(str(amount))
    size = abs(value)
    cents = size.quantize(_CENT) if size < 100 else size
    unit = _sign_of_currency()
    if not size:
        return f"{unit}0"
    text = f"{unit}{cents:,}" if cents < 100 else f"{unit}{size:,.0f}"
    if not cents:
        return text
    return ("-" if value < 0 else "+" if sign else "") + text


def axis_amounts(values: Sequence[float]) -> list[str]:
    """The amounts along the axis of a chart, in one form: all in whole dollars where they are."""
    if not all(value == round(value) for value in values):
        return [dollars(value) for value in values]
    unit = _sign_of_currency()
    return [f"{'-' if value < 0 else ''}{unit}{abs(value):,.0f}" for value in values]


def unit_price(amount: float) -> str:
    """What a unit costs, to three digits where that is less than a dollar: "$0.435",
    "$0.0000166"."""
    if not 0 < abs(amount) < 1:
        return dollars(amount)
    decimals = max(2, 2 - math.floor(math.log10(abs(amount))))
    text = f"{abs(amount):.{decimals}f}".rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"{'-' if amount < 0 else ''}{_sign_of_currency()}{whole}.{fraction:0<2}"


def _sign_of_currency() -> str:
    currency = _shown_in.get()
    return _SIGNS.get(currency, f"{currency} ")


def money(amount: Decimal | float | str, currency: str) -> str:
    """An amount in a currency of its own."""
    with in_currency(currency):
        return dollars(amount)


@contextmanager
def in_currency(currency: str) -> Iterator[None]:
    """Every amount that is written within is in the currency of the bill."""
    before = _shown_in.set(currency)
    try:
        yield
    finally:
        _shown_in.reset(before)


def dollar_range(low: Decimal | float, high: Decimal | float) -> str:
    """ "$12.00 to $15.00"; one amount where both are written alike."""
    first, last = dollars(low), dollars(high)
    return last if first == last else f"{first} to {last}"


def than_before(ratio: float) -> str:
    """ "12% more than before" of 1.12"""
    return f"{percent(abs(ratio - 1))} {'more' if ratio > 1 else 'less'} than before"


def percent(share: Decimal | float, *, sign: bool = False) -> str:
    """A share as a whole percentage: 0.42 is "42%", with `sign` "+42%"."""
    return f"{share * 100:+,.0f}%" if sign else f"{share * 100:,.0f}%"


def counted(number: int, thing: str) -> str:
    """ "1 incident", "1,204 incidents" """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def in_words(number: int) -> str:
    """ "two" below ten, "12" from there on."""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else f"{number:,}"


def quantity(value: float) -> str:
    """A quantity without its sign and unit: whole from 100 on and where it is whole, else with two
    decimals."""
    size = abs(value)
    return f"{size:,.0f}" if size >= 100 or size == int(size) else f"{size:,.2f}"
