"""A room for each question: analysis, pictures, words, tables."""
