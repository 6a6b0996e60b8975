"""What the reports say together: the summary's messages, pictures and table; it computes no result itself."""

from . import pictures, tables, words
from .gathered import Gathered, gather
