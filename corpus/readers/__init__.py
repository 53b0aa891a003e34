"""File formats: each module turns one kind of file into a Document."""
