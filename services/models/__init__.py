"""`fmwatch models`: the models in use, by where they stand in their life."""
