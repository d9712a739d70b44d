"""Formulas in TeX as MathML, which browsers show without a script and without a network."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element

MOST_CHARACTERS = 4_000
"""Of one formula. A longer one is shown as it was written: the converter needs some 40 microseconds for each."""

_TAGS = (
    "math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts "
    "mprescripts none mtable mtr mtd mstyle mpadded mphantom menclose"
)
_WORDS = (
    "display displaystyle scriptlevel mathvariant stretchy fence form largeop movablelimits accent accentunder "
    "separator symmetric columnalign columnlines rowlines notation mathcolor mathbackground"
)
_LENGTHS = "width height depth voffset lspace rspace linethickness rowspacing columnspacing mathsize minsize maxsize"
_ALLOWED_TAGS, _WITH_WORDS, _WITH_LENGTHS = set(_TAGS.split()), set(_WORDS.split()), set(_LENGTHS.split())
_WORD = re.compile(r"[#\w -]{1,80}")
_ONE_LENGTH = r"[+-]?(?:\d{1,2}(?:\.\d{1,4})?|\.\d{1,4})(?:em|ex|pt|px|mu|%)?"
_LENGTH = re.compile(f"{_ONE_LENGTH}(?: {_ONE_LENGTH}){{0,15}}")
# A few lines of these make a text of any length.
_DEFINES = re.compile(r"\\(?:def|let|(?:new|renew|provide)command|newenvironment|DeclareMathOperator)(?![A-Za-z])")
# What the converter does not know. With a space, as a letter may follow.
_KNOWN_AS = {r"\lVert": r"\| ", r"\rVert": r"\| ", r"\lvert": "| ", r"\rvert": "| "}
_UNKNOWN = re.compile(r"\\[lr][Vv]ert(?![A-Za-z])")
_MATHJAX = re.compile(r"<!-- Load mathjax -->.*?<!-- End of mathjax configuration -->", re.DOTALL)
_XML = "http://www.w3.org/1998/Math/MathML"


@lru_cache(maxsize=2048)  # given text is the same for all students
def mathml(tex: str, *, display: bool) -> str:
    """The formula as harmless MathML; as it was written where it is none, is too long, or defines macros."""
    if len(tex) > MOST_CHARACTERS or _DEFINES.search(tex):
        return as_written(tex)
    try:
        known = _UNKNOWN.sub(lambda name: _KNOWN_AS[name[0]], tex)
        found = convert_to_element(known, display="block" if display else "inline")
    except Exception:  # the converter stumbles over a wrong formula in many ways
        return as_written(tex)
    made = _harmless(found)
    made.set("xmlns", _XML)
    made.set("alttext", tex)
    return ElementTree.tostring(made, encoding="unicode")


def without_mathjax(header: str) -> str:
    """The head of a page without what nbconvert's template puts there to load MathJax from elsewhere."""
    return _MATHJAX.sub("", header)


def as_written(tex: str) -> str:
    """The TeX itself."""
    return f"<code>{html.escape(tex)}</code>"


def _harmless(element: ElementTree.Element) -> ElementTree.Element:
    """The same with tags and attributes that are on a list: TeX can ask for links, styles and markup as text."""
    tag = element.tag if element.tag in _ALLOWED_TAGS else "mrow"
    made = ElementTree.Element(tag, {name: value for name, value in element.items() if _is_harmless(name, value)})
    made.text = _text(element.text)
    for child in element:
        part = _harmless(child)
        part.tail = _text(child.tail)
        made.append(part)
    return made


def _is_harmless(name: str, value: str) -> bool:
    if name in _WITH_LENGTHS:
        return _LENGTH.fullmatch(value) is not None
    return name in _WITH_WORDS and _WORD.fullmatch(value) is not None


def _text(written: str | None) -> str | None:
    """The text itself, which the converter writes with entities; it is escaped again in the end."""
    return html.unescape(written) if written else written
