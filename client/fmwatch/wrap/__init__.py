"""What watches the calls of other libraries: one file per library, and what they share."""
