"""What two times of the same calls have apart, and a week for managers: each one page, offline."""
