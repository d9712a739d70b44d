"""HTML that may stand on a feedback page: only what is on a list of harmless tags, attributes and styles."""

from __future__ import annotations

import re
from typing import Any

from bleach import Cleaner  # type: ignore[import-untyped]  # bleach has no types
from bleach.css_sanitizer import CSSSanitizer  # type: ignore[import-untyped]  # bleach has no types
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

TAGS = (
    "a abbr b blockquote br caption code col colgroup dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 "
    "h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr "
    "tt u ul var"
)
ATTRIBUTES = "align alt border class colspan dir height id lang open role rowspan scope start title valign width"
STYLES = (
    "align-items background background-color border border-bottom border-collapse border-color border-left "
    "border-radius border-right border-spacing border-style border-top border-width caption-side color display flex "
    "flex-direction flex-wrap float font font-family font-size font-style font-variant font-weight gap height "
    "image-rendering justify-content letter-spacing line-height list-style-type margin margin-bottom margin-left "
    "margin-right margin-top max-height max-width min-height min-width opacity outline overflow overflow-wrap "
    "overflow-x overflow-y padding padding-bottom padding-left padding-right padding-top table-layout text-align "
    "text-decoration text-indent vertical-align white-space width word-break word-spacing word-wrap"
)
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
_LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
_LOADS = re.compile(r"url|image(-set)?\s*\(|\\", re.IGNORECASE)  # a backslash could spell any of them
# They are no tags of the list; without this their text would stay behind, as in the tables of pandas.
_WITH_ITS_TEXT = re.compile(r"<(style|script|title)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)


class _HarmlessStyles(CSSSanitizer):  # type: ignore[misc]  # bleach has no types
    """Styles that load nothing: an address could tell somebody that the page was opened."""

    def sanitize_css(self, style: str) -> str:
        return "" if _LOADS.search(style) else str(super().sanitize_css(style))


def _is_harmless(tag: str, name: str, value: str) -> bool:
    if tag == "img" and name == "src":
        return _PICTURE.fullmatch(value) is not None  # a picture in the page itself: nothing is loaded
    if tag == "a" and name in ("href", "name"):
        return name == "name" or _LINK.match(value) is not None
    return name in ATTRIBUTES.split() or name == "style" or name.startswith("aria-")


def safe_html(html: str) -> str:
    """The HTML without what could run code, load something, or reach beyond its own place on the page."""
    cleaner = Cleaner(
        tags=TAGS.split(),
        attributes=_is_harmless,
        protocols={"http", "https", "mailto", "data"},  # `_is_harmless` says where each of them may stand
        strip=True,
        css_sanitizer=_HarmlessStyles(allowed_css_properties=STYLES.split()),
    )
    return str(cleaner.clean(_WITH_ITS_TEXT.sub("", html)))


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """Nbconvert's filter of this name, with harmless HTML as its result."""
    cell: Any = context.get("cell", {})
    renderer = IPythonRenderer(escape=False, attachments=cell.get("attachments", {}))
    return safe_html(MarkdownWithMath(renderer=renderer).render(source))
