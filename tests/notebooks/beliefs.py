"""Sentences that give a posterior probability, and whether they say the one before the data."""

import re

BELIEF = re.compile(
    r"\b(less pain|more pain|mean relief|mean worsening|any relief"
    r"|relief (of more than|beyond) [\d.]+ points?)\b[^.;]{0,60}?:? (under )?\d[\d.]*%"
)
"""A posterior probability of an effect, in a sentence."""


def parts(text):
    """The sentences of a text."""
    return [part for line in text.splitlines() for part in re.split(r"(?<=\.) (?=[A-Z])", line)]


def alone(sentence):
    """Whether a sentence gives a posterior probability without the one before the data."""
    return bool(BELIEF.search(sentence)) and not re.search(r"\bbefore\b|\bprior\b|goes from", sentence)
