"""Hand out what is stored, for audits: files with a manifest that proves them whole."""
