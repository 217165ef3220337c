"""What owners chose besides Slack and e-mail, as real receivers behind https."""
