"""Short forms in text cells for what folds: hints, questions, quizzes, and the words of the glossary.

    :::{hint} where to look
    Which samples reach position `t`?
    :::

They become `<details>`, which open by mouse and keyboard in JupyterLab, VS Code, Colab and on a page that is only read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from string import ascii_uppercase

_BLOCK = re.compile(r"^:::\{(?P<name>[\w-]+)\}[ ]*(?P<title>.*)\n(?P<body>(?:(?!:::).*\n)*?):::[ ]*$", re.MULTILINE)
_FENCE = re.compile(r"^:::.*$", re.MULTILINE)
_CHOICE = re.compile(r"^- \[(?P<mark>[ x])\] (?P<text>.+)\n(?P<why>(?:(?:  .*)?(?:\n|\Z))*)", re.MULTILINE)
_TERM = re.compile(r"^(?P<term>[^:\n]+): (?P<meaning>.+)$", re.MULTILINE)
_SEVERAL = "quiz-several"


@dataclass(frozen=True)
class Block:
    """One block of a text cell: its name, what stands behind it, its text, and its line below the cell's first."""

    name: str
    title: str
    body: str
    line: int


@dataclass(frozen=True)
class Choice:
    """One choice of a quiz, whether it is right, and why."""

    text: str
    right: bool
    why: str


def blocks(text: str) -> list[Block]:
    """The blocks of a text cell, in order."""
    return [_block(match, text) for match in _BLOCK.finditer(text)]


def expanded(text: str) -> str:
    """The text of a cell as it stands in a notebook."""
    hints = 0

    def written(match: re.Match[str]) -> str:
        nonlocal hints
        block = _block(match, text)
        hints += block.name == "hint"
        return _WRITTEN[block.name](block, hints)

    return _BLOCK.sub(written, text)


def choices(block: Block) -> list[Choice]:
    """The choices of a quiz."""
    return [
        Choice(
            match["text"].strip(), match["mark"] == "x", re.sub(r"^  ", "", match["why"], flags=re.MULTILINE).strip()
        )
        for match in _CHOICE.finditer(block.body + "\n")
    ]


def terms(block: Block) -> dict[str, str]:
    """The words of a glossary block, with their meanings."""
    return {match["term"].strip(): match["meaning"].strip() for match in _TERM.finditer(block.body)}


def faults(text: str) -> Iterator[tuple[int, str]]:
    """What is wrong with the blocks of a cell, with the line below the cell's first."""
    found = blocks(text)
    for block in found:
        yield from ((block.line, message) for message in _faults(block))
    rest = _BLOCK.sub(lambda match: "\n" * match[0].count("\n"), text)
    for match in _FENCE.finditer(rest):
        yield (
            rest.count("\n", 0, match.start()),
            "a block that is not whole: `:::{name} title`, its text, and a line `:::`.",
        )


def _faults(block: Block) -> Iterator[str]:
    if block.name not in _WRITTEN:
        yield f"there is no block {{{block.name}}}; there are: {', '.join(_WRITTEN)}."
        return
    if not block.body.strip():
        yield f"an empty {{{block.name}}}."
    if block.name == "glossary":
        lines = [line for line in block.body.splitlines() if line.strip()]
        if len(terms(block)) != len(lines):
            yield "each line of a glossary is `word: what it means`, and each word stands once."
        return
    if not block.title:
        yield f"a {{{block.name}}} needs its {'line' if block.name == 'hint' else 'question'} behind the name."
    if block.name == "hint":
        yield from _plain(block.title)
    if block.name.startswith("quiz"):
        yield from _faults_of_quiz(block)


def _faults_of_quiz(block: Block) -> Iterator[str]:
    found = choices(block)
    if len(found) < 2:
        yield "a quiz needs at least two choices, `- [ ] text` and `- [x] text`, each with its reason indented below."
        return
    for choice in found:
        yield from _plain(choice.text)
        if not choice.why:
            yield f"the choice {choice.text!r} does not say why it is {'right' if choice.right else 'wrong'}."
    right = sum(choice.right for choice in found)
    if right == 0 or (right > 1 and block.name != _SEVERAL):
        yield f"{right} choices are right: mark one by [x], or call the block {{{_SEVERAL}}} and mark at least one."


def _plain(text: str) -> Iterator[str]:
    if re.search(r"[$`*<>]", text):
        yield f"{text!r} is shown on a folded line, where nothing is set: write it without $, `, *, < and >."


def _block(match: re.Match[str], text: str) -> Block:
    line = text.count("\n", 0, match.start())
    return Block(match["name"], match["title"].strip(), match["body"].strip("\n"), line)


def in_table(text: str) -> str:
    """Text as it can stand in a cell of a table."""
    return text.replace("|", "\\|")


def details(summary: str, body: str) -> str:
    """A folded piece of Markdown."""
    return f"<details>\n<summary>{summary}</summary>\n\n{body.strip()}\n\n</details>"


def _hint(block: Block, number: int) -> str:
    return details(f"Hint {number}: {block.title}", block.body)


def _question(block: Block, _: int) -> str:
    return f"**Think.** {block.title}\n\n{details('Answer', block.body)}"


def _quiz(block: Block, _: int) -> str:
    head = "Which of these are right?" if block.name == _SEVERAL else "Choose, then open your choice."
    folded = [
        details(f"{letter}. {choice.text}", f"**{'Right.' if choice.right else 'No.'}** {choice.why}")
        for letter, choice in zip(ascii_uppercase, choices(block), strict=False)
    ]
    return "\n\n".join([f"**Quiz.** {block.title} *{head}*", *folded])


def _glossary(block: Block, _: int) -> str:
    rows = [f"| {term} | {in_table(meaning)} |" for term, meaning in terms(block).items()]
    return "\n".join(["| word | meaning |", "|---|---|", *rows])


_WRITTEN: dict[str, Callable[[Block, int], str]] = {
    "hint": _hint,
    "question": _question,
    "quiz": _quiz,
    _SEVERAL: _quiz,
    "glossary": _glossary,
}
