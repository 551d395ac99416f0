"""`fmwatch catalogue`: the list of models as a person and a server see it, with the company's own."""
