"""Short forms in text cells: what the build makes of hints, questions, quizzes and glossaries, and what it refuses."""

from __future__ import annotations

import nbformat
import pytest
from bs4 import BeautifulSoup
from support.tiny_project import TinyProject

from grader.authoring import blocks, lecture_parts, pages
from grader.authoring.build import build
from grader.authoring.project import Project
from grader.authoring.rules import pattern
from grader.authoring.source import Source, read

LECTURE = "lectures/01_convolution.md"
SOLUTION = "solutions/01_convolution.md"

HINTS = """\
An exercise.

:::{hint} where to look
At `x`.
:::

:::{hint} how
In a loop:

- once
- twice
:::
"""

QUIZ = """\
:::{quiz} How many come out?
- [ ] 7
  Too few: $10 - 4 + 1$ counts
  the whole ones only.
- [x] 13

  Every echo ends.
:::
"""


def folds(text: str) -> list[tuple[str, str]]:
    """Summary and text of each `<details>`."""
    found = BeautifulSoup(blocks.expanded(text), "html.parser").find_all("details")
    return [(fold.summary.text, fold.text.replace(fold.summary.text, "", 1).strip()) for fold in found]


def test_hints_are_folded_and_numbered() -> None:
    assert folds(HINTS) == [("Hint 1: where to look", "At `x`."), ("Hint 2: how", "In a loop:\n\n- once\n- twice")]
    assert blocks.expanded(HINTS).startswith(
        "An exercise.\n\n<details>\n<summary>Hint 1: where to look</summary>\n\nAt"
    )
    assert ":::" not in blocks.expanded(HINTS)


def test_a_question_stands_open_above_its_answer() -> None:
    text = blocks.expanded(":::{question} What is $1 + 1$?\nIt is 2.\n:::")
    assert text.startswith("**Think.** What is $1 + 1$?\n\n<details>")
    assert folds(text) == [("Answer", "It is 2.")]


def test_every_choice_of_a_quiz_says_why() -> None:
    assert folds(QUIZ) == [
        ("A. 7", "**No.** Too few: $10 - 4 + 1$ counts\nthe whole ones only."),
        ("B. 13", "**Right.** Every echo ends."),
    ]


def test_a_glossary_is_a_table() -> None:
    text = blocks.expanded(":::{glossary}\nstride: how far | it moves\nfull map: all\n:::")
    assert text == "| word | meaning |\n|---|---|\n| stride | how far \\| it moves |\n| full map | all |"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("x\n\n:::{hint} how\n:::\n", 2, "an empty {hint}."),
        (":::{hint}\nx\n:::\n", 0, "a {hint} needs its line behind the name."),
        (":::{hint} see `x`\nx\n:::\n", 0, "'see `x`' is shown on a folded line"),
        (":::{tip} x\nx\n:::\n", 0, "there is no block {tip}; there are: hint, question, quiz"),
        ("a\n\n:::{hint} how\nnever closed\n", 2, "a block that is not whole"),
        (":::{question}\nx\n:::\n", 0, "a {question} needs its question behind the name."),
        (QUIZ.replace("  Every echo ends.\n", ""), 0, "the choice '13' does not say why it is right."),
        (QUIZ.replace("[x]", "[ ]"), 0, "0 choices are right"),
        (QUIZ.replace("[ ]", "[x]"), 0, "2 choices are right"),
        (":::{quiz} One?\n- [x] yes\n  Since.\n:::\n", 0, "a quiz needs at least two choices"),
        (QUIZ.replace("] 7", "] $7$"), 0, "'$7$' is shown on a folded line"),
        (":::{glossary}\nstride\n:::\n", 0, "each line of a glossary is"),
        (":::{glossary}\na: b\na: c\n:::\n", 0, "each line of a glossary is"),
    ],
)
def test_what_is_refused(text: str, line: int, message: str) -> None:
    found = list(blocks.faults(text))
    assert len(found) == 1
    assert found[0][0] == line
    assert found[0][1].startswith(message)


def test_several_may_be_right_where_the_quiz_says_so() -> None:
    both = QUIZ.replace("[ ]", "[x]").replace("{quiz}", "{quiz-several}")
    assert list(blocks.faults(both)) == []
    assert "Which of these are right?" in blocks.expanded(both)
    assert list(blocks.faults(HINTS + "\n" + QUIZ)) == []


def test_hints_reach_the_release_and_the_rule_counts_them(tiny: TinyProject) -> None:
    tiny.edit(SOLUTION, "### Exercise 1: Twice (2 points)\n", f"### Exercise 1: Twice (2 points)\n\n{HINTS}")
    build(tiny).write()
    cells = nbformat.read(tiny.assignment("01_convolution"), as_version=4).cells
    assert any("<summary>Hint 2: how</summary>" in cell.source for cell in cells)
    tiny.edit(SOLUTION, "kind: assignment", "pattern: true, kind: assignment")
    assert list(pattern.two_hints(read(tiny.root / SOLUTION))) == []
    tiny.edit(SOLUTION, ":::{hint} how\n", ":::{question} how\n")
    (problem,) = pattern.two_hints(read(tiny.root / SOLUTION))
    assert problem.message == "twice has 1 hints above it, 2 are asked for."


def lecture_of(tiny: TinyProject, text: str) -> Source:
    path = tiny.root / LECTURE
    path.write_text(path.read_text("utf-8") + "\n" + text, "utf-8")
    return read(path)


GLOSSARY = "The **stride** is new.\n\n## Cheat-sheet\n\n- one\n- two\n\n+++\n\n:::{glossary}\nstride: how far\n:::\n"


def test_glossary_and_cheat_sheets_are_collected(tiny: TinyProject) -> None:
    lecture_of(tiny, GLOSSARY)
    made = build(tiny)
    assert made.problems == []
    glossary = made.files[tiny.root / "docs" / "glossary.md"]
    assert "| **stride** | how far | [lecture 01, Tiny](../lectures/01_convolution.ipynb) |\n" in glossary
    sheets = made.files[tiny.root / "docs" / "cheat_sheets.md"]
    assert "## 01 Tiny\n\n- one\n- two\n\nFrom [lecture 01, Tiny](../lectures/01_convolution.ipynb).\n" in sheets
    made.write()
    tiny.edit(LECTURE, "stride: how far", "stride: how far it goes")
    assert tiny.root / "docs" / "glossary.md" in build(tiny).stale()


def test_a_word_of_the_glossary_is_bold_where_it_is_new(tiny: TinyProject) -> None:
    assert list(pattern.bold_words(lecture_of(tiny, GLOSSARY))) == []
    tiny.edit(LECTURE, "**stride**", "stride")
    (problem,) = pattern.bold_words(read(tiny.root / LECTURE))
    assert problem.message == "the word 'stride' is bold 0 times in the text; once, where it is new."


def test_part_and_exercise_name_each_other(tiny: TinyProject) -> None:
    lecture = lecture_of(tiny, '+++ {"practices": ["twice", "why"]}\n\n## 2. Doubling\n\nText.\n')
    solution = read(tiny.root / SOLUTION)
    assert list(lecture_parts.problems(lecture, solution)) == []
    texts = [cell.source for cell in lecture_parts.linked(lecture, solution).cells]
    assert any(
        t.startswith("## 2. Doubling\n\n*Practice: exercises 1 and 2 of the assignment.*\n\nText.") for t in texts
    )
    under = "\n\n*In the lecture: part 2, Doubling.*"
    texts = [cell.source for cell in lecture_parts.linked(solution, lecture).cells]
    assert any(text.startswith("### Exercise 1: Twice (2 points)" + under) for text in texts)
    assert any(text.startswith("### Exercise 2: Reasons (1 point)" + under) for text in texts)


def test_an_exercise_names_all_parts_that_it_practices(tiny: TinyProject) -> None:
    practices = '+++ {"practices": ["twice"]}\n\n'
    lecture = lecture_of(tiny, f"{practices}## 2. Doubling\n\n{practices}## 4. Adding\n")
    texts = [cell.source for cell in lecture_parts.linked(read(tiny.root / SOLUTION), lecture).cells]
    assert sum("\n\n*In the lecture: part 2, Doubling; part 4, Adding.*" in text for text in texts) == 1


def test_a_part_that_practices_what_is_not_there_is_refused(tiny: TinyProject) -> None:
    lecture_of(tiny, '+++ {"practices": ["thrice"]}\n\n## 2. Doubling\n')
    (problem,) = build(tiny).problems
    assert problem.message == "practices thrice, but no exercise of the assignment has this name."
    tiny.edit(LECTURE, "kind: lecture", "pattern: true, kind: lecture")
    tiny.edit(SOLUTION, "kind: assignment", "pattern: true, kind: assignment")
    tiny.edit(LECTURE, '{"practices": ["thrice"]}', "")
    found = [p.message for p in lecture_parts.problems(read(tiny.root / LECTURE), read(tiny.root / SOLUTION))]
    assert found[0].startswith("a part names the exercises that practice it")
    assert found[1:] == [f"no part of the lecture names {name} under `practices`." for name in ("twice", "why")]


def test_in_the_pattern_every_part_is_whole(tiny: TinyProject) -> None:
    lecture_of(tiny, "## 1. One\n\nText.\n")
    assert list(pattern.whole_parts(read(tiny.root / LECTURE))) == []
    tiny.edit(LECTURE, "kind: lecture", "pattern: true, kind: lecture")
    found = [problem.message for problem in pattern.whole_parts(read(tiny.root / LECTURE))]
    assert found[0] == "this part lacks a question, a quiz, a turn."
    assert found[1].startswith("a lecture has a section `## Cheat-sheet`")


def test_the_pages_of_the_course_name_what_the_lectures_have(course: Project) -> None:
    """The first module shows each mechanism once."""
    lecture, assignment = (read(path(course.modules()[0])) for path in (course.lecture_source, course.solution_source))
    text = "\n".join(cell.source for source in (lecture, assignment) for cell in source.of_kind("text"))
    assert {"hint", "question", "quiz", "glossary"} <= {block.name for block in blocks.blocks(text)}
    assert pages.words(lecture)
    assert pages.cheat_sheet(lecture)
