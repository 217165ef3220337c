"""Which kind of charge a Cost Explorer RECORD_TYPE is.

Values: AWS Cost Management user guide, charge types; spellings such as "Support fee" and "Recurring
reservation fee" stand in public scripts. A value that is not listed is `RecordClass.OTHER`: judged
apart, never as usage.
"""

from __future__ import annotations

from whyspike.model import RecordClass

KNOWN_RECORD_TYPES: dict[RecordClass, frozenset[str]] = {
    RecordClass.USAGE: frozenset({"Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"}),
    RecordClass.COMMITMENT: frozenset(
        {
            "SavingsPlanNegation",
            "SavingsPlanRecurringFee",
            "SavingsPlanUpfrontFee",
            "RIFee",
            "Recurring reservation fee",
            "Upfront reservation fee",
        }
    ),
    RecordClass.CREDIT: frozenset(
        {
            "Credit",
            "Bundled Discount",
            "Enterprise Discount Program Discount",
            "Private Rate Card Discount",
            "Solution Provider Program Discount",
        }
    ),
    RecordClass.REFUND: frozenset({"Refund"}),
    RecordClass.TAX: frozenset({"Tax"}),
    RecordClass.FEE: frozenset({"Fee", "Support", "Support fee", "Other out-of-cycle charges"}),
}
# What bill files call a charge where Cost Explorer has another word or none: CUR line item types
# (Data Exports user guide, line_item_line_item_type) and FOCUS charge categories (FOCUS 1.2,
# ChargeCategory; a Purchase is a commitment, or in rare cases a subscription).
OF_BILL_FILES: dict[RecordClass, frozenset[str]] = {
    RecordClass.COMMITMENT: frozenset({"Purchase"}),
    RecordClass.CREDIT: frozenset(
        {
            "BundledDiscount",
            "Discount",
            "EdpDiscount",
            "PrivateRateDiscount",
            "RiVolumeDiscount",
            "SppDiscount",
        }
    ),
    RecordClass.REFUND: frozenset({"Adjustment"}),
}
_CLASS_OF = {
    value.casefold(): record_class
    for known in (KNOWN_RECORD_TYPES, OF_BILL_FILES)
    for record_class, values in known.items()
    for value in values
}


def record_class_of(record_type: str) -> RecordClass:
    """The class of a record type as Cost Explorer spells it, in any case; OTHER for a value that is
    not known."""
    return _CLASS_OF.get(record_type.strip().casefold(), RecordClass.OTHER)


def is_record_type(text: str) -> bool:
    """Whether the text is a record type that is known."""
    return text.strip().casefold() in _CLASS_OF
