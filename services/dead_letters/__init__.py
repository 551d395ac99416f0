"""Dead letters: list them, look at one, hand them in again."""
