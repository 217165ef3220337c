"""How money, days, service names and text from outside are written: the only package that does."""
