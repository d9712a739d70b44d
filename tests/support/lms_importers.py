"""What Moodle and Canvas do with a file that is uploaded, written anew from the rules of their own importers.

Moodle: `mod/assign/feedback/offline/{importgradeslib,locallib}.php`, `lib/csvlib.class.php`,
`mod/assign/feedback/file/importziplib.php`. Canvas: `app/models/gradebook_importer.rb`, and
`generate_comments_from_files` with `infer_comment_context_from_filename` in `app/models/abstract_assignment.rb`.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

ENGLISH = {
    "word": "Participant ",
    "id": "Identifier",
    "grade": "Grade",
    "modified": "Last modified (grade)",
    "comments": "Feedback comments",
}
GERMAN = {
    "word": "Teilnehmer/in",
    "id": "ID",
    "grade": "Bewertung",
    "modified": "Zuletzt geändert (Bewertung)",
    "comments": "Feedback als Kommentar",  # codespell:ignore als
}


@dataclass
class Updated:
    """What an import changed, and what it left out without a word."""

    grades: dict[str, float] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    pages: dict[str, dict[str, bytes]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def moodle_grades(
    data: bytes,
    participants: Mapping[str, str],
    maximum: float,
    *,
    locked: Collection[str] = (),
    strings: Mapping[str, str] = ENGLISH,
    decimal: str = ".",
) -> Updated:
    """Upload of a grading worksheet: `participants` are the users by number."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8").removeprefix("\ufeff"), newline="")))
    header, *lines = [row for row in rows if row]
    assert all(len(line) == len(header) for line in lines), "Moodle refuses the file"
    place = {name: header.index(strings[name]) for name in ("id", "grade", "modified")}
    comments = header.index(strings["comments"]) if strings["comments"] in header else 0
    done = Updated()
    for line in lines:
        user = participants.get(line[place["id"]][len(strings["word"]) :])
        if user is None:
            done.left_out.append(line[place["id"]])
            continue
        written = line[place["grade"]].replace(" ", "").replace(decimal, ".")
        grade = float(written) if re.fullmatch(r"-?[\d.]+", written) else None
        if grade is not None and 0 <= grade <= maximum and user not in locked:
            done.grades[user] = grade
        elif grade is not None:
            done.left_out.append(user)
        if comments and line[comments]:
            done.comments[user] = line[comments]
    return done


def moodle_pages(data: bytes, participants: Mapping[str, str]) -> Updated:
    """Upload of feedback files in a zip."""
    done = Updated()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            found = None if info.is_dir() else _participant_and_file(info.filename, participants)
            if found is None:
                done.left_out.append(info.filename)
            else:
                done.pages.setdefault(found[0], {})[found[1]] = archive.read(info)
    return done


def _participant_and_file(path: str, participants: Mapping[str, str]) -> tuple[str, str] | None:
    if PurePosixPath(path).name.startswith((".", "~")):
        return None
    parts = ["", *path.split("/")]
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) < 4 or not re.fullmatch(r"\s*\d+", info[1]) or str(int(info[1])) not in participants:
            continue
        if (info[2], info[3]) not in (("assignsubmission", "file"), ("assignsubmission", "onlinetext")):
            continue
        left = "/".join([info[4] if len(info) > 4 else "", *parts])
        return participants[str(int(info[1]))], left.lstrip("/")
    return None


def canvas_grades(data: bytes, users: Mapping[str, str], assignments: Mapping[str, str]) -> dict[str, Updated]:
    """Import of a gradebook: `users` are names, `assignments` titles, by Canvas's numbers; what is done by title."""
    text = data.decode("utf-8").removeprefix("\ufeff")
    first = text.splitlines()[:3]
    fields = {one: {len(row) for row in csv.reader(first, delimiter=one)} for one in ";,"}
    counts = {one: min(sizes) if len(sizes) == 1 else 0 for one, sizes in fields.items()}
    delimiter = ";" if counts[";"] > counts[","] else ","
    kept = "\n".join(line for line in text.split("\n") if not re.fullmatch(r"[;, ]+\r?", line))
    header, *rows = [row for row in csv.reader(io.StringIO(kept, newline=""), delimiter=delimiter) if row]
    names = 2 if header[:2] == ["LastName", "FirstName"] else 1
    assert header[names] == "ID"
    columns = {
        match[1]: place
        for place, name in enumerate(header)
        if (match := re.fullmatch(r"(.*)\s\((\d+)\)", name)) and assignments.get(match[2]) == match[1]
    }
    done = {title: Updated() for title in columns}
    for row in rows:
        if "Points Possible" in row[0]:
            continue
        if all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", value, re.IGNORECASE) for value in row):
            continue
        assert row[names] in users, f"Canvas asks who {row[0]} is"
        for title, place in columns.items():
            if re.fullmatch(r"-?[0-9.,]+%?", row[place].strip()):
                *whole, last = re.split("[,.]", row[place].strip())
                done[title].grades[row[names]] = float(f"{''.join(whole)}.{last}" if whole else last)
            elif row[place].strip():
                done[title].comments[row[names]] = row[place]
    return done


@dataclass(frozen=True)
class CanvasSubmission:
    """What Canvas knows of a submission: its files by number, and the members of the group that it is of."""

    files: Mapping[str, str]
    members: tuple[str, ...]
    anonymous: str = ""


def canvas_pages(data: bytes, submissions: Mapping[str, CanvasSubmission], groups: Collection[str] = ()) -> Updated:
    """Upload of submissions: `submissions` by the number of the user; pages by user and shown name."""
    done = Updated()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            name = PurePosixPath(info.filename).name
            for group in groups:
                if name.startswith(f"{group}_"):
                    name = name.removeprefix(f"{group}_")
                    break
            parts = [part for part in name.split("_") if part != "LATE"]
            if parts[0] == "anon":
                anonymous, attachment = parts[1:3]
                user = next((user for user, one in submissions.items() if one.anonymous == anonymous), "")
            else:
                user, attachment = ([part for part in parts if re.fullmatch(r"\d+", part)] + ["", ""])[:2]
            submission = submissions.get(user)
            is_link = parts[-1].startswith("link") or name.startswith("._")
            if submission is None or is_link or attachment not in submission.files:
                done.left_out.append(info.filename)
                continue
            for member in submission.members:
                done.pages.setdefault(member, {})[submission.files[attachment]] = archive.read(info)
    return done
