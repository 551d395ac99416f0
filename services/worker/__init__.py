"""The processes of the production path: many that score, and one that watches."""
