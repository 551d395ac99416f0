"""`fmwatch gate`: whether a candidate may be promoted, by a golden set."""
