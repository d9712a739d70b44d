"""Whose file is it? The names that Moodle and Canvas give to uploads, and folders that are called like students."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from grader.exchange.archive import Entry
from grader.exchange.notebook_names import attempt_of_folders
from grader.exchange.plain_names import plain, plain_words

# Only the first part of a path is read: what follows it is the student's own choice, and could name somebody else.
# Moodle's number is missing in the folder of the default team.
_MOODLE = re.compile(r"(?P<name>.+?)(?:_(?P<number>\d+))?_assignsubmission_[a-z]+(?:_(?P<file>.+)|_?)")
# Canvas takes `_digits_` out of names, so the first two numbers are its own. It writes names in small letters.
_CANVAS = re.compile(r"(?P<name>.+?)(?P<late>_LATE)?_(?P<number>\d+)_\d+_(?P<file>.+)")
_CANVAS_ANONYMOUS = re.compile(r"(?P<late>LATE_)?anon_(?P<number>[A-Za-z0-9]+)_\d+_(?P<file>.+)")

_PARTICIPANT = plain_words(
    "Participant|Teilnehmer/in|Teilnehmer|Teilnehmerin|Teilnehmende|Participante|Partecipante|Deelnemer|Deltagare|"
    "Deltaker|Deltager|Osallistuja|Uczestnik|Účastník|Résztvevő|Katılımcı"
)
"""What Moodle calls everybody where marking is blind (`participant` and `hiddenuser` in its language packs)."""

_DEFAULT_GROUP = plain_words(
    "Default group|Standardgruppe|Groupe par défaut|Grupo por defecto|Grupo predeterminado|Gruppo predefinito|"
    "Gruppo default|Standaardgroep|Grupo padrão|Grupo predefinido|Standardgrupp|Grupa domyślna"
)
"""What Moodle calls the team of those who are in none (`defaultteam` in its language packs)."""

_GROUP_WORD = re.compile(
    r"group|grupp[eoa]?|gruppe|groupe|grupo|groep|grupa|team|equipe|equipo|squadra|zespol", re.IGNORECASE
)


@dataclass(frozen=True)
class Owner:
    """What a file's name says about who handed it in.

    Attributes:
        number: the platform's number of the student, or the name of the folder; '' for Moodle's default team.
        name: as the platform writes it ('' for plain folders): "Ada Lovelace" in Moodle, "lovelaceada" in Canvas.
        file: the name that the student gave the file.
        late: whether the platform marks it as late.
        anonymous: whether the platform hides who it is, and `number` is good for this assignment alone.
        group: the group that Moodle writes before the name, as far as it is plain that it is one.
        attempt: the number of the attempt, where its folder says one.
    """

    platform: str
    number: str
    name: str
    file: str
    late: bool
    anonymous: bool = False
    group: str = ""
    attempt: tuple[int, ...] = ()

    @property
    def is_default_group(self) -> bool:
        """Whether it is the team of those who are in no other one."""
        return self.platform == "Moodle" and plain(self.name) in _DEFAULT_GROUP

    @property
    def stand_in(self) -> str:
        """An id for somebody whom the platform hides; no real id looks like it."""
        return f"anon_{self.number}" if self.platform == "Canvas" else f"participant_{self.number}"


@dataclass(frozen=True)
class KnownNames:
    """The names of people and of groups, as `plain` writes them, by which a group before a name is told from it."""

    people: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


def owner(path: PurePosixPath, assignment: str, known: KnownNames = KnownNames()) -> Owner | None:
    """Read the name of a file of a download; None when it does not say who handed it in.

    Understands `First Last_123456_assignsubmission_file_/x.ipynb` (and the flat form without the folder),
    `lastfirst_LATE_12345_67890_x.ipynb`, `LATE_anon_x7Kp2_67890_x.ipynb`, `STUDENT/x.ipynb` and nbgrader's
    `STUDENT/ASSIGNMENT/x.ipynb`; in each place also a zip that holds the file.

    Args:
        known: the class (`known_names`), since Moodle writes groups before names.
    """
    inside = next((n for n, part in enumerate(path.parts[:-1], 1) if part.lower().endswith(".zip")), None)
    if inside is not None and (who := owner(PurePosixPath(*path.parts[:inside]), assignment, known)):
        return replace(who, file=path.name)
    first, *below = path.parts
    if (match := _MOODLE.fullmatch(first)) and bool(below) != bool(match["file"]):
        return _moodle_owner(match, match["file"] or path.name, below[:-1], known)
    if (match := _CANVAS_ANONYMOUS.fullmatch(first)) and not below:
        return Owner("Canvas", match["number"], "anon", match["file"], bool(match["late"]), anonymous=True)
    if (match := _CANVAS.fullmatch(first)) and not below:
        return Owner("Canvas", match["number"], match["name"], match["file"], late=bool(match["late"]))
    if len(below) == 1 or (len(below) == 2 and below[0] == assignment):
        return Owner("folders", first, "", path.name, late=False)
    return None


def _moodle_owner(match: re.Match[str], file: str, folders: list[str], known: KnownNames) -> Owner:
    group, name = _without_group(match["name"], known)
    return Owner(
        "Moodle",
        match["number"] or "",
        name,
        file,
        late=False,
        anonymous=plain(name) in _PARTICIPANT,
        group=group,
        attempt=attempt_of_folders(folders),
    )


def _without_group(name: str, known: KnownNames) -> tuple[str, str]:
    """Take "Group A-Kim Muster" apart; a hyphen inside a person's own name stays where it is."""
    if plain(name) in known.people | known.groups | _DEFAULT_GROUP:
        return "", name
    certain = [one for one in _at_each_hyphen(name) if plain(one[0]) in known.groups | _DEFAULT_GROUP]
    likely = [one for one in _at_each_hyphen(name) if _GROUP_WORD.fullmatch(re.split(r"[\W\d]", one[0].strip())[0])]
    somebody = known.people | _PARTICIPANT
    named = [one for one in certain + likely if plain(one[1]) in somebody]
    return next(iter(named + certain + likely), ("", name))


def _at_each_hyphen(name: str) -> list[tuple[str, str]]:
    """What stands before and after each hyphen, the longest name first."""
    places = [place.start() for place in re.finditer("-", name)]
    return [(name[:n], name[n + 1 :]) for n in places if name[:n].strip() and name[n + 1 :].strip()]


def known_names(entries: Iterable[Entry], people: frozenset[str], groups: Iterable[str]) -> KnownNames:
    """What tells a group from a name in this download.

    The groups are those of the class list, and whatever stands before two different people of the class list, where
    the whole is nobody's name.

    Args:
        people: the names on the class list, as `plain` writes them.
        groups: the groups on the class list.
    """
    before: dict[str, set[str]] = defaultdict(set)
    for name in {match["name"] for entry in entries if (match := _MOODLE.fullmatch(entry.path.parts[0]))}:
        for group, person in _at_each_hyphen(name) if plain(name) not in people else ():
            if plain(person) in people:
                before[plain(group)].add(plain(person))
    common = {group for group, names in before.items() if len(names) > 1}
    return KnownNames(people, frozenset(map(plain, groups)) | common)


def without_wrapper(entries: list[Entry]) -> list[Entry]:
    """The entries without the folders that some zips wrap around everything, where it is plain that they do."""
    parts = [entry.path.parts for entry in entries]
    if len({p[0] for p in parts}) != 1 or any(len(p) < 2 for p in parts):
        return entries
    inside = {p[1] for p in parts}
    if _is_platforms(parts[0][0]) or not (
        any(map(_is_platforms, inside))
        or (len(inside) > 1 and all(len(p) > 2 for p in parts))
        or (len(inside) == 1 and all(len(p) > 3 for p in parts))
    ):
        return entries
    return without_wrapper([replace(entry, path=PurePosixPath(*entry.path.parts[1:])) for entry in entries])


def _is_platforms(part: str) -> bool:
    """Whether a learning platform made this name."""
    return any(pattern.fullmatch(part) for pattern in (_MOODLE, _CANVAS, _CANVAS_ANONYMOUS))
