"""What `fmwatch doctor` finds, and that its remedies work."""
