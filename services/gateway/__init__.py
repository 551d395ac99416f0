"""Events come in over HTTP."""
