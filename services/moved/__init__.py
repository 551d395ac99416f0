"""`fmwatch moved`: whether a move from one model to another keeps its promise, and what to do next."""
