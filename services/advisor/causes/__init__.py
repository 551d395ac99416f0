"""One file per cause of being outdated: what on-call reads about it."""
