"""HTML that may stand on a feedback page: only what is on a list of harmless tags, attributes and styles."""

from __future__ import annotations

import html
import re

import nh3

_TAGS = (
    "a abbr b blockquote br caption code col colgroup dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 "
    "h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr "
    "tt u ul var"
)
_WITH_THEIR_TEXT = {"script", "style", "title"}
_LISTED = {*_TAGS.split(), *_WITH_THEIR_TEXT}
_ATTRIBUTES = "align alt border class colspan dir height id lang open role rowspan scope start style title valign width"
_STYLES = (
    "align-items background background-color border border-bottom border-collapse border-color border-left "
    "border-radius border-right border-spacing border-style border-top border-width caption-side color display flex "
    "flex-direction flex-wrap float font font-family font-size font-style font-variant font-weight gap height "
    "image-rendering justify-content letter-spacing line-height list-style-type margin margin-bottom margin-left "
    "margin-right margin-top max-height max-width min-height min-width opacity outline overflow overflow-wrap "
    "overflow-x overflow-y padding padding-bottom padding-left padding-right padding-top table-layout text-align "
    "text-decoration text-indent vertical-align white-space width word-break word-spacing word-wrap"
)
MOST_TAGS = 20_000
"""A table of 1,000 rows has fewer. Of tags that are never closed the cleaner's time grows with the square."""
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
_LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
_LOADS = re.compile(r"url|src|image(-set)?\s*\(|\\|/\*", re.IGNORECASE)  # a backslash could spell any of them
_TAG = re.compile(r"</?([a-z][^\s/<>]*)[^<>]*>", re.IGNORECASE)


def _harmless_value(tag: str, name: str, value: str) -> str | None:
    """The value of an attribute on the list, or None where it loads something or leads to code."""
    if name == "src":
        return value if _PICTURE.fullmatch(value) else None  # a picture in the page itself: nothing is loaded
    if name == "href":
        return value if _LINK.match(value) else None
    if name == "style":
        return None if _LOADS.search(value) else value  # an address could tell somebody that the page was opened
    return value


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS.split()),
    clean_content_tags=_WITH_THEIR_TEXT,
    attributes={"*": set(_ATTRIBUTES.split()), "a": {"href", "name"}, "img": {"src"}},
    generic_attribute_prefixes={"aria-"},
    attribute_filter=_harmless_value,
    filter_style_properties=set(_STYLES.split()),
    url_schemes={"http", "https", "mailto", "data"},  # `_harmless_value` says where each of them may stand
    link_rel=None,
)


def safe_html(markup: str) -> str:
    """The HTML without what could run code, load something, or reach beyond its place; text if it is enormous."""
    if markup.count("<") > MOST_TAGS:
        return f"<pre>{html.escape(markup)}</pre>"
    return _CLEANER.clean(_TAG.sub(_on_a_list, markup))


def _on_a_list(tag: re.Match[str]) -> str:
    """The tag, or nothing. What stands between unknown tags stays: nh3 would drop the text of formulas and drawings."""
    return tag[0] if tag[1].lower() in _LISTED else ""
