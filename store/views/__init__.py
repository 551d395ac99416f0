"""What panels, console, advisor and commands read."""
