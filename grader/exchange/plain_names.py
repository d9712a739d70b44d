"""Names of people and columns, as they are compared: without what people and programs write in different ways."""

from __future__ import annotations

import unicodedata

_WITHOUT_DECOMPOSITION = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})


def plain(name: str) -> str:
    """A name without accents, spaces, hyphens and capitals: "Zoë O'Hara" and "zoe-ohara" are the same."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_WITHOUT_DECOMPOSITION))
    return "".join(c for c in decomposed if c.isalnum())


def plain_words(names: str) -> frozenset[str]:
    """The names between bars, as `plain` writes them."""
    return frozenset(map(plain, names.split("|")))
