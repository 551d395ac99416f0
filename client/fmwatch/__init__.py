"""Send your model calls to fmwatch: never blocks, never raises, never silently loses."""
