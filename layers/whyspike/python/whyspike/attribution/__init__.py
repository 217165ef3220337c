"""Where on the bill an anomaly lies, and which events can have caused it: pure, from Cost Explorer
and CloudTrail answers."""
