"""The accounts of the default organisation: Fernhill, a made-up shop with outdoor gear. Domains end
in .example (RFC 2606)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ORGANIZATION_ID = "o-fernhill01"
MANAGEMENT_ACCOUNT = "100020003000"
HUB_ACCOUNT = "100020003001"
DOMAIN = "fernhill.example"
# settings/owners.json: the owner tag of an account names a team, and every team has a channel of
# this form.
OWNERS = {"channel_pattern": "#{owner}-costs"}


@dataclass(frozen=True)
class PlannedAccount:
    """`profile` names the lines of its bill (default_organization_lines.csv), `scale` multiplies
    them. `late`: the last day's bill is incomplete until the next day. `fees`: month-start fee in
    US dollars by kind."""

    id: str
    name: str
    ou_path: str
    profile: str
    region: str = "us-east-1"
    scale: float = 1.0
    team: str = ""
    env: str = "prod"
    state: str = "ACTIVE"
    owned: bool = True
    late: bool = False
    credit_per_day: float = 0.0
    fees: Mapping[str, float] = field(default_factory=dict)
    access: Mapping[str, str | bool] = field(default_factory=dict)

    @property
    def tags(self) -> dict[str, str]:
        return (
            {"owner": self.team, "team": self.team, "env": self.env}
            if self.owned
            else {"env": self.env}
        )


SUPPORT, TAX, RESERVATION, MARKETPLACE = "support", "tax", "reservation", "marketplace"

ACCOUNTS = (
    PlannedAccount(
        "214600318705",
        "shop-prod",
        "Workloads/Prod",
        "shop",
        team="storefront",
        fees={SUPPORT: 1240, TAX: 310, RESERVATION: 690},
    ),
    PlannedAccount(
        "331847092265",
        "payments-prod",
        "Workloads/Prod",
        "serverless",
        "eu-west-1",
        team="payments",
        fees={SUPPORT: 520, TAX: 190},
    ),
    PlannedAccount(
        "408815530917",
        "data-platform-prod",
        "Workloads/Prod",
        "data",
        team="data-platform",
        credit_per_day=24,
        fees={SUPPORT: 560, TAX: 140},
    ),
    PlannedAccount(
        "455120987634",
        "media-prod",
        "Workloads/Prod",
        "media",
        "eu-west-1",
        team="media",
        fees={SUPPORT: 540, MARKETPLACE: 899},
    ),
    PlannedAccount(
        "512934476018",
        "assistant-prod",
        "Workloads/Prod",
        "assistant",
        team="assistant",
        fees={SUPPORT: 190, TAX: 44},
    ),
    PlannedAccount(
        "563077814492",
        "search-prod",
        "Workloads/Prod",
        "search",
        team="search",
        fees={SUPPORT: 480, TAX: 118},
    ),
    PlannedAccount(
        "601283345570",
        "shop-staging",
        "Workloads/NonProd",
        "nonprod",
        team="storefront",
        env="staging",
        fees={SUPPORT: 100},
    ),
    PlannedAccount(
        "647390021183",
        "platform-test",
        "Workloads/NonProd",
        "nonprod",
        scale=0.8,
        team="platform",
        env="test",
    ),
    PlannedAccount(
        "718265504936",
        "build-and-ci",
        "Infrastructure",
        "build",
        team="platform",
        env="shared",
        late=True,
        fees={SUPPORT: 100},
    ),
    PlannedAccount(
        "735511092847",
        "network-hub",
        "Infrastructure",
        "network",
        team="network",
        env="shared",
        fees={SUPPORT: 100},
    ),
    PlannedAccount(
        "782044916350",
        "log-archive",
        "Infrastructure",
        "logs",
        team="security",
        env="shared",
        fees={SUPPORT: 100},
    ),
    PlannedAccount(
        "826713350094", "ml-lab", "Sandbox", "sandbox", scale=1.6, team="research", env="sandbox"
    ),
    PlannedAccount(
        "873902164418", "mobile-sandbox", "Sandbox", "sandbox", env="sandbox", owned=False
    ),
    PlannedAccount(
        "914450287761",
        "partner-sandbox",
        "Sandbox",
        "sandbox",
        team="partners",
        env="sandbox",
        access={"assume_role": "denied"},
    ),
    PlannedAccount(
        "950318842007",
        "old-campaign-site",
        "Workloads/NonProd",
        "nonprod",
        scale=0.3,
        team="marketing",
        env="archive",
        state="SUSPENDED",
    ),
)
