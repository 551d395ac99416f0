"""What people already have, as events: each format one file, from a vendor's record to our fields."""
