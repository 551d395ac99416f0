"""An alert in words, one and the same for terminals, receivers and the console."""
