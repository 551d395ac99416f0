"""`fmwatch doctor`: whether everything fmwatch needs here is there and well, and what to do where not."""
