"""Let people judge pairs of answers by hand, without knowing whose they are."""
