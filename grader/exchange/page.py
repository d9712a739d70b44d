"""The exporter of feedback pages."""

from __future__ import annotations

from nbconvert.exporters import HTMLExporter


class FeedbackPage(HTMLExporter):
    """nbconvert's exporter under a name of its own: what is configured for it leaves the formgrader's pages alone."""
