"""The week in words: what changed, what it cost, what got worse, and what waiting costs."""
