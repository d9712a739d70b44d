"""A list, dict or array that a test reads by name or attribute is the submission's own: a change counts there."""

from __future__ import annotations

import pytest
from support.small_notebooks import answer, error, fails, graded, notebook, passes, run, shared

STUDENT = """
import numpy as np, collections
items, table, seen = [1, 2], {'a': [1]}, {1}
queue, raw = collections.deque([1, 2]), bytearray(b'ab')
array = np.arange(4.0)
pair = (items, array)
large = np.zeros(3_000_000)
def add(x): items.append(x)
def total(): return sum(items)
def state(): return repr((items, table, sorted(seen), list(queue), bytes(raw), array.tolist()))
def fill(): array[:] = 7
def same(x): return x
def is_mine(x): return x is items
def both(a, b): return a is items and b is array
class Stack:
    def __init__(self):
        self.items, self.weights = [], np.zeros((2, 3))
    def push(self, x): self.items.append(x)
    def top(self): return self.items[-1]
    def norm(self): return float(np.abs(self.weights).sum())
    def forward(self, x):
        self.weights[:] = 0
        return 0 * x
"""


@pytest.mark.parametrize(
    "test",
    [
        "items.clear()\nadd(5)\nassert items == [5] and total() == 5",
        "items[0] = 10\nassert total() == 12",
        "table['a'].append(2)\ntable['b'] = 3\nassert \"{'a': [1, 2], 'b': 3}\" in state()",
        "seen.add(5)\nassert '[1, 5]' in state()",
        "queue.appendleft(9)\nassert '[9, 1, 2]' in state()",
        "raw[0] = 65\nassert \"b'Ab'\" in state()",
        "array[1] = 5\nassert '[0.0, 5.0, 2.0, 3.0]' in state()",
    ],
)
def test_what_the_test_does_to_it_takes_effect(test):
    passes(STUDENT, test)


@pytest.mark.parametrize(
    "test",
    [
        "assert items is items and pair[0] is items and pair[1] is array",
        "assert pair == (items, array)",
        "assert [items, array] == list(pair)",
        "assert is_mine(items) and both(items, array) and not is_mine(list(items))",
        "s = Stack()\nassert s.items is s.items and same(s.items) is s.items",
    ],
)
def test_it_is_one_and_the_same(test):
    passes(STUDENT, test)


def test_an_attribute_is_changed_as_in_one_kernel():
    passes(STUDENT, "s = Stack()\ns.items.append(3)\nassert s.top() == 3\ns.weights[0, 1] += 2\nassert s.norm() == 2")
    passes(STUDENT, "s = Stack()\nfor k in range(3):\n    s.push(k)\n    assert s.items[-1] == k and s.top() == k")


def test_what_a_test_cell_did_holds_for_the_cells_below():
    made = notebook(
        shared(),
        answer(STUDENT),
        graded("items.append(40)\ntable.clear()", "first"),
        answer("sum_below, size = total(), len(table)", "below"),
        graded("assert sum_below == 43 and size == 0", "second"),
    )
    run(made)
    assert [error(cell) for cell in made.cells] == [""] * 5


def test_a_value_that_the_test_holds_stays_as_it_was_read():
    """A submission that changes it once it has seen the question gains nothing."""
    passes(STUDENT, "held = items\nadd(9)\nassert held == [1, 2] and items == [1, 2, 9]")
    said = fails(
        STUDENT,
        "s = Stack()\ns.weights[:] = 1\nw = s.weights\nout = s.forward(np.ones(3))\nassert np.allclose(out, w.sum(0))",
    )
    assert said.startswith("AssertionError")


def test_a_change_that_cannot_take_effect_is_said():
    assert "Read it again after the call" in fails(STUDENT, "held = items\nadd(9)\nheld.append(10)\ntotal()")
    assert "Read it again" in fails(
        STUDENT, "s = Stack()\ns.weights[:] = 1\nw = s.weights\ns.forward(np.ones(3))\nw[0] += 1\ns.norm()"
    )


def test_an_argument_that_is_shared_comes_back_changed():
    passes(STUDENT + "\ndef grow(x): x.append(5)", "grow(items)\nassert items == [1, 2, 5] and total() == 8")


def test_what_is_too_large_to_compare_at_each_call_is_a_copy():
    passes(STUDENT, "a = large\na[0] = 1\nassert total() == 3 and large[0] == 0")


def test_a_process_started_anew_shares_what_it_has():
    passes(
        STUDENT + "\nimport os\ndef end(): os._exit(1)",
        "items.append(3)\n"
        "try: end()\n"
        "except Exception: pass\n"
        "assert total() == 3\nitems.append(4)\nassert total() == 7",
    )


def test_arrays_that_leave_something_out_are_shared_too():
    student = "import numpy as np\nwhole = np.arange(12.0).reshape(3, 4)\npart, column = whole[::2, 1], whole.T[1]\n"
    student += "def total(): return float(whole.sum())\n"
    passes(
        student, "assert part.tolist() == [1, 9] and column.tolist() == [1, 5, 9]\npart[0] = 2\nassert total() == 67"
    )
