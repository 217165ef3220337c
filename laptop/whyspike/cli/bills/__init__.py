"""Bills on this machine: organisation folders, and the files that people download or export."""

from whyspike.cli.bills.on_disk import BillOnDisk, read_bills

__all__ = ["BillOnDisk", "read_bills"]
