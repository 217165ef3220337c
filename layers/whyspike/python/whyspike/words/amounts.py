"""How money, shares and quantities are written."""

from __future__ import annotations

from decimal import Decimal

_CENT = Decimal("0.01")


def dollars(amount: Decimal | float | str, *, sign: bool = False) -> str:
    """US dollars as every text writes them: cents below $100 ("$0.42", "$42.50"), whole dollars
    from $100 on ("$4,200").

    Nothing at all is "$0"; what is less than half a cent is "$0.00". A minus stands before the
    dollar sign ("-$4,200"); with `sign`, a plus does ("+$212").
    """
    value = Decimal(str(amount))
    size = abs(value)
    cents = size.quantize(_CENT)
    if not size:
        return "$0"
    text = f"${cents:,}" if cents < 100 else f"${size:,.0f}"
    if not cents:
        return text
    return ("-" if value < 0 else "+" if sign else "") + text


def money(amount: Decimal | float | str, currency: str) -> str:
    """An amount in any currency: dollars as ever, others with their code ("1,850 EUR")."""
    text = dollars(amount)
    return text if currency in ("", "USD") else f"{text.replace('$', '')} {currency}"


def dollar_range(low: Decimal | float, high: Decimal | float) -> str:
    """ "$12.00 to $15.00"; one amount where both are written alike."""
    first, last = dollars(low), dollars(high)
    return last if first == last else f"{first} to {last}"


def percent(share: Decimal | float, *, sign: bool = False) -> str:
    """A share as a whole percentage: 0.42 is "42%", with `sign` "+42%"."""
    return f"{share * 100:+,.0f}%" if sign else f"{share * 100:,.0f}%"


def counted(number: int, thing: str) -> str:
    """ "1 incident", "1,204 incidents" """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def quantity(value: float) -> str:
    """A quantity without its sign and unit: whole from 100 on and where it is whole, else with two
    decimals."""
    size = abs(value)
    return f"{size:,.0f}" if size >= 100 or size == int(size) else f"{size:,.2f}"
