"""A report on a trained classifier: one HTML file that needs no other, to be read by people who did not train it.

    page = report.Page("Food", "A classifier of six dishes.")
    page.section("Result", report.facts({"accuracy": "84 %"}), report.confusion_table(counts, classes))
    page.save("report.html")

What you hand over is text, and is shown as text: HTML in it does nothing.
"""

from course_lib.report.confidence import confusion, interval, mean_and_half
from course_lib.report.page import Page
from course_lib.report.parts import Part, confusion_table, facts, gallery, paragraph, table

__all__ = [
    "Page",
    "Part",
    "confusion",
    "confusion_table",
    "facts",
    "gallery",
    "interval",
    "mean_and_half",
    "paragraph",
    "table",
]
