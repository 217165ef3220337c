"""Tables that the stages read; each line names its source."""
