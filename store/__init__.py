"""All SQL lives here: tables, views, what goes in and what comes out."""
