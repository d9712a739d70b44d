"""The columns of a class list, as Moodle, Canvas and instructors call them in several languages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from grader.exchange.plain_names import plain, plain_words

FIELDS = ("student_id", "first_name", "last_name", "full_name", "email", "lms_id", "participant", "groups", "submitted")
"""What `--roster-columns` can name."""

_HEADERS = {
    "student_id": "student id",
    "lms_id": "lms id",
    "participant": "Identifier|Participant|ID|Identifikator|Identifikation|Identifiant|Identificador|Identificatore|"
    "Identificativo|Identificatie|Identifierare|Identyfikator",
    "id_number": "ID number|ID-Nummer|Matrikelnummer|Numéro d'identification|Número de ID|Número de identificación|"
    "Numero ID|Codice identificativo|ID-nummer|Idnummer|Número de identificação|Numer ID|"
    "Numer identyfikacyjny",
    "username": "Username|Anmeldename|Benutzername|Nom d'utilisateur|Nombre de usuario|Username|Gebruikersnaam|"
    "Nome de usuário|Identificação do utilizador|Användarnamn|Nazwa użytkownika",
    "first_name": "First name|Vorname|Prénom|Nombre|Nome|Voornaam|Nome próprio|Förnamn|Imię",
    "last_name": "Last name|Surname|Nachname|Nom de famille|Nom|Apellido(s)|Apellidos|Apellido|Cognome|Achternaam|"
    "Apelido|Sobrenome|Último nome|Efternamn|Nazwisko",
    "full_name": "Full name|Name|Vollständiger Name|Nom complet|Nombre completo|Nome completo|Nome e cognome|"
    "Cognome Nome|Volledige naam|Fullständigt namn|Pełna nazwa|Imię i nazwisko",
    "email": "Email address|Email|E-mail|E-Mail-Adresse|Adresse de courriel|Adresse e-mail|Courriel|"
    "Dirección de correo|Dirección Email|Correo electrónico|Indirizzo email|E-mailadres|E-postadress|"
    "Endereço de e-mail|Endereço de email|Adres e-mail|Adres email",
    "groups": "Groups|Group|Gruppen|Gruppe|Groupes|Groupe|Grupos|Grupo|Gruppi|Gruppo|Groepen|Groep|Grupper|Grupp|"
    "Grupy|Grupa",
    "submitted": "Last modified (submission)|Zuletzt geändert (Abgabe)|Dernière modification (travail remis)|"
    "Última modificación (entrega)|Última modificación (envío)|Ultima modifica (consegna)|"
    "Laatst gewijzigd (inzending)|Senast modifierat (inlämning)|Última modificação (submissão)|"
    "Última modificação (envio)|Poslední změna (odevzdání)|Son düzenleme (gönderim)|最后修改（学生）",
    "canvas_name": "Student|Teilnehmer/in|Studierende|Studierende/r|Schüler/in|Étudiant|Élève|Estudiante|Alumno|"
    "Studente|Studenten|Leerling|Cursist|Aluno|Estudante|Kursdeltagare|Elev|Uczestnik|Uczeń",
}
_KNOWN = {plain(name): field for field, names in _HEADERS.items() for name in names.split("|")}
_SAY_WHO = {"student_id", "lms_id", "id_number", "participant", "canvas_name"}
_LOGIN = re.compile(r"login|anmeld|connexion|inicio|sesion|access|aanmeld|inlogg|logowania|acesso|entrada|inicio")
TEST_STUDENTS = plain_words("Student, Test|Teststudent|Test Student")


def fields_of(header: Sequence[str], rows: Sequence[Sequence[str]], named: Mapping[str, str]) -> dict[str, int]:
    """Which column holds which field: as `named`, else as their header says, else by what stands in them.

    Besides FIELDS there are `id_number` and `username` of Moodle's, and `canvas_name`, `sis_login` and `sis_user` of
    Canvas's gradebook.
    """
    places = {plain(name): place for place, name in reversed(list(enumerate(header)))}
    found = {field: places[plain(column)] for field, column in named.items()}
    for place, name in enumerate(header):
        if place not in found.values() and (field := _KNOWN.get(plain(name))):
            found.setdefault(field, place)
    if _is_gradebook(header, found):
        found = _canvas_fields(header, found)
    else:
        found.pop("canvas_name", None)
        if not _all(rows, found.get("participant", -1), r"\D*\d+" if "participant" in named else r"\D+\d+"):
            found.pop("participant", None)
    for place in range(len(header)):
        if "email" not in found and _all(rows, place, r"[^@\s]+@[^@\s]+"):
            found["email"] = place
    if not found.keys() & _SAY_WHO and len(header) > 2 and _all(rows, 0, r"[^\W\d][^\d@]*\d+"):
        found["participant"] = 0  # Moodle's grading worksheet begins with it, whatever its header is called
    dates = _two_dates(header)
    if "submitted" not in found and "participant" in found and dates:
        found["submitted"] = dates[0]
    return found


def _two_dates(header: Sequence[str]) -> list[int]:
    """The worksheet's "Last modified (submission)" and "Last modified (grade)": alike but for the brackets."""
    begins = [plain(match[1]) if (match := re.fullmatch(r"(.+?)\s*[(（].+[)）]", name)) else "" for name in header]
    return [place for place, begin in enumerate(begins) if begin and begins.count(begin) == 2]


def _is_gradebook(header: Sequence[str], found: Mapping[str, int]) -> bool:
    """Whether it is Canvas's: with columns of the university's system, or of assignments, as in `Title (4411)`."""
    if any(re.search(r"\bSIS\b", name) for name in header):
        return True
    return found.get("canvas_name") == 0 and any(re.search(r"\(\d+\)\s*$", name) for name in header[2:])


def _canvas_fields(header: Sequence[str], found: dict[str, int]) -> dict[str, int]:
    """Canvas writes the name, its own number and then the numbers of the university's system, in this order."""
    kept = {field: place for field, place in found.items() if field not in ("participant", "full_name", "id_number")}
    sis = [place for place, name in enumerate(header) if re.search(r"\bSIS\b", name)]
    login = [place for place in sis if _LOGIN.search(plain(header[place]))]
    users = [place for place in sis if place not in login]
    extra = ({"sis_login": login[0]} if login else {}) | ({"sis_user": users[0]} if users else {})
    return kept | {"canvas_name": 0, "lms_id": kept.get("lms_id", 1)} | extra


def _all(rows: Sequence[Sequence[str]], place: int, pattern: str) -> bool:
    """Whether there are values in a column, and all look like this."""
    values = [row[place].strip() for row in rows if 0 <= place < len(row) and row[place].strip()]
    return bool(values) and all(re.fullmatch(pattern, value) for value in values)
