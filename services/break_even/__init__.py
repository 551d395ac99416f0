"""`fmwatch break-even`: calling a model against hosting one."""
