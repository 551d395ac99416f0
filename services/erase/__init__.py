"""Remove all data of a person or a tenant, and say what was removed."""
