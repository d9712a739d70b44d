"""Class lists as Moodle and Canvas give them, in the languages of their sites, and which ids students get."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_lib.errors import CourseError
from grader.exchange.platforms import Owner
from grader.exchange.roster import Roster, Student, read_roster

CANVAS_ROWS = (
    '    Points Possible,,,,,30\n"Muster, Kim",9001,u1,km1,S1,\n"Student, Test",9,,,S1,\n"Berg, Zoë",9002,u2,,S1,\n'
)
CANVAS_CLASS = [Student("km1", "Kim", "Muster", "", "9001"), Student("u2", "Zoë", "Berg", "", "9002")]


def read(tmp_path: Path, text: str, columns: dict[str, str] | None = None) -> list[Student]:
    path = tmp_path / "class.csv"
    path.write_text(text)
    return read_roster(path, columns).students


@pytest.mark.parametrize(
    "header",
    [
        "Student,ID,SIS User ID,SIS Login ID,Section,Homework (44)",
        "Studierende,ID,SIS-Benutzer-ID,SIS-Anmelde-ID,Abschnitt,Homework (44)",
        "Étudiant,ID,ID utilisateur SIS,ID de connexion SIS,Section,Homework (44)",
        "Estudiante,ID,ID de usuario de SIS,ID de inicio de sesión del SIS,Sección,Homework (44)",
        "Elev,ID,SIS-användar-ID,SIS-inloggnings-ID,Sektion,Homework (44)",
    ],
)
def test_a_gradebook_of_canvas(tmp_path: Path, header: str) -> None:
    assert read(tmp_path, f"{header}\n{CANVAS_ROWS}") == CANVAS_CLASS


def test_a_gradebook_of_canvas_without_the_universitys_ids(tmp_path: Path) -> None:
    text = 'Student,ID,Section,Homework (44)\n    Points Possible,,,30\n"Muster, Kim",9001,S1,\n'
    assert read(tmp_path, text) == [Student("9001", "Kim", "Muster", "", "9001")]


@pytest.mark.parametrize(
    "header",
    [
        "First name,Last name,ID number,Email address,Groups",
        "Vorname,Nachname,ID-Nummer,E-Mail-Adresse,Gruppen",
        "Prénom,Nom de famille,Numéro d'identification,Adresse de courriel,Groupes",
        "Nombre,Apellido(s),Número de ID,Dirección de correo,Grupos",
        "Nome,Cognome,Numero ID,Indirizzo email,Gruppi",
        "Voornaam,Achternaam,ID-nummer,E-mailadres,Groepen",
        "Nome,Apelido,Número de identificação,Endereço de email,Grupos",
        "Förnamn,Efternamn,ID-nummer,E-postadress,Grupper",
        "Imię,Nazwisko,Numer ID,Adres e-mail,Grupy",
    ],
)
def test_a_list_of_participants_of_moodle(tmp_path: Path, header: str) -> None:
    text = f'{header}\nKim,Muster,km1,kim@example.org,"A, B"\nZoë,van der Berg,,zoe@example.org,\n'
    assert read(tmp_path, text) == [
        Student("km1", "Kim", "Muster", "kim@example.org", groups=("A", "B")),
        Student("zoe", "Zoë", "van der Berg", "zoe@example.org"),  # no number: what stands before the @
    ]


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("Identifier,Full name,Email address,Status,Grade", "Participant "),
        ("ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung", "Teilnehmer/in"),
        ("Tunniste,Full name,Sähköposti,Tila,Arvosana", "Osallistuja "),
    ],
)
def test_a_grading_worksheet_of_moodle_knows_the_participants(tmp_path: Path, header: str, word: str) -> None:
    students = read(tmp_path, f"{header}\n{word}11,Kim Muster,km@example.org,,\n{word}12,Zoë Berg,zb@example.org,,\n")
    assert students[0] == Student("km", "Kim", "Muster", "km@example.org", participant="11")
    assert Roster(students).find(Owner("Moodle", "12", "Participant", "x", False, anonymous=True)) == [students[1]]


def test_a_column_can_be_named(tmp_path: Path) -> None:
    text = "Kennung,Wer\nkm1,Kim Muster\n"
    assert read(tmp_path, text, {"student_id": "kennung", "full_name": "Wer"}) == [Student("km1", "Kim", "Muster")]
    with pytest.raises(CourseError, match=r"It has the columns Kennung, Wer: name the right ones.*--roster-columns"):
        read(tmp_path, text)
    with pytest.raises(CourseError, match="has no column 'Id'; it has Kennung, Wer"):
        read(tmp_path, text, {"student_id": "Id"})
    with pytest.raises(CourseError, match="does not know 'name'; it knows student_id"):
        read(tmp_path, text, {"name": "Wer"})
