"""A room for each question: its analysis, pictures, words and tables."""
