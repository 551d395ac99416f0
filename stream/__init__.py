"""The log and the one hot path: read, decode, score, insert, acknowledge."""
