"""Ask a candidate what the incumbent was asked, and have a judge compare the answers."""
