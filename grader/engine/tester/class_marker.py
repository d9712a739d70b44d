"""The type of classes in the tester that stand for a class of the submission: apart, since `proxies` asks for it."""

from __future__ import annotations


class StandInClass(type):
    """What `student_classes` derives its metaclasses from."""
