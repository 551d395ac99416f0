"""The wrappers, against the SDKs themselves."""
