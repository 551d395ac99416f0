"""What drivers share; on their path, for they run apart from the project."""
