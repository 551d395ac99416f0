"""Small trained artefacts that ship with the program, each with a card saying what it is made of."""
