"""Keep a simulated organisation running and print its addresses, to be poked with the AWS CLI, curl
or boto3. Ctrl-C ends it.

whyspike is deployed into it. Faults can be injected while it runs: POST /_simulator with {"faults":
{"cost_explorer:throttle": 5}}; GET /_simulator lists every request so far.

    whyspike simulate
    whyspike simulate --organization my-organisation --claude off
"""

from __future__ import annotations

import threading
from contextlib import ExitStack

from whyspike.cli.arguments import Accounts
from whyspike.cli.console import console, table
from whyspike.cli.demo.simulated import Claude, Organization, ScanDate, chosen
from whyspike.cli.demo.simulated_run import running
from whyspike.cli.progress import Progress


def run(
    organization: Organization = None,
    scan_date: ScanDate = None,
    accounts: Accounts = None,
    claude: Claude = "simulated",
) -> int:
    with (
        chosen(organization, scan_date, accounts, claude) as choice,
        ExitStack() as until_the_end,
    ):
        with Progress() as progress:
            simulation = until_the_end.enter_context(running(choice, progress))
        deployment = simulation.deployment
        assert deployment  # noqa: S101  `running` has deployed it
        shown = table("what", "where")
        shown.add_row("AWS", simulation.url)
        shown.add_row("state machine", deployment.state_machine_arn)
        for name, value in sorted(deployment.outputs.items()):
            shown.add_row(name, value)
        console().print(shown)
        print(f"\nexport AWS_ENDPOINT_URL={simulation.url} AWS_DEFAULT_REGION=us-east-1")
        print(
            f"export AWS_ACCESS_KEY_ID={simulation.administrator_key}"
            " AWS_SECRET_ACCESS_KEY=simulated"
        )
        print(f"whyspike scan --stack whyspike --scan-date {choice.scan_date}")
        print(
            "\nOr look with the credentials of one account, or of the payer, at nothing deployed:"
        )
        company = choice.organization
        member = next(id_ for id_, found in company.accounts.items() if len(found.bill))
        for account_id in (member, company.management_account):
            print(
                f"AWS_ACCESS_KEY_ID={simulation.key_of(account_id)} whyspike check --scan-date"
                f" {choice.scan_date}"
            )
        print("\nCtrl-C ends it.", flush=True)
        threading.Event().wait()
    return 0
