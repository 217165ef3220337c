"""Bills on this machine: organisation folders, and the files that people download or export."""

from whyspike.cli.bills.on_disk import BillOnDisk, BillsOnDisk, bills_of, read_bills

__all__ = ["BillOnDisk", "BillsOnDisk", "bills_of", "read_bills"]
