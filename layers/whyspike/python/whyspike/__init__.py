"""whyspike: finds the AWS spend that nobody expected, finds out why, and tells its owner."""
