"""Property tests judge what they see, not how long a busy machine takes for it."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("whyspike", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("whyspike")
