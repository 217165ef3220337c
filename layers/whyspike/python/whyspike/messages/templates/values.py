"""What a template is given: numbers, text from outside (str), and mrkdwn that the product wrote."""

from __future__ import annotations


class Mrkdwn(str):
    """mrkdwn that the product wrote, which a template prints as it is; any other text that it
    prints is text, whatever stands in it."""

    __slots__ = ()
