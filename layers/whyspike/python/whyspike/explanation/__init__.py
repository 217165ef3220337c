"""From evidence to words: the deterministic explainer, the prompt for Claude, and the checks that
both must pass."""
