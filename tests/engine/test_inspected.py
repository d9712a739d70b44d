"""`inspect`, `help` and `typing` on functions and classes of the submission give what one kernel gives."""

from __future__ import annotations

import pytest
from support.small_notebooks import answer, error, fails, graded, notebook, passes, run, run_test, shared, text

STUDENT = '''
import asyncio, dataclasses, functools
class P:
    """A point."""
    def __init__(self, a, b=2): self.a, self.b = a, b
    def area(self):
        """The area."""
        return self.a * self.b
@dataclasses.dataclass
class Item:
    name: str
    price: float = 1.5
def f(x, y=2, *args, k: int = 3, **kw) -> float:
    """Doc of f."""
    z = x + y
    return z
def typed(p: P, n: "int") -> P: return p
def gen(n):
    for i in range(n): yield i
async def co(x): return x
@functools.lru_cache
def cached(x): return x * x
part = functools.partial(f, 1, k=4)
def deco(g):
    @functools.wraps(g)
    def inner(*a): return g(*a) + 1
    return inner
@deco
def decorated(x):
    return x * 10
'''
WORK = {
    "the source of a function": "assert 'z = x + y' in inspect.getsource(f)\n"
    "lines, number = inspect.getsourcelines(f)\nassert lines[0].startswith('def f(') and number > 10",
    "the source as a tree": "import ast, textwrap\n"
    "assert isinstance(ast.parse(inspect.getsource(f)).body[0], ast.FunctionDef)\n"
    "assert ast.parse(textwrap.dedent(inspect.getsource(P.area))).body[0].name == 'area'",
    "the source of a method": "assert 'self.a * self.b' in inspect.getsource(P.area)\n"
    "assert inspect.getsource(P(1).area) == inspect.getsource(P.area)",
    "the source below a decorator": "assert 'x * 10' in inspect.getsource(decorated)",
    "the source of the test's own function": "def mine(): return 12345\nassert '12345' in inspect.getsource(mine)",
    "documentation": "assert inspect.getdoc(f) == f.__doc__ == 'Doc of f.' "
    "and inspect.getdoc(P) == P.__doc__ == 'A point.'\n"
    "assert inspect.getdoc(P.area) == 'The area.' and gen.__doc__ is None",
    "the signature of a function": "s = inspect.signature(f)\n"
    "assert str(s) == '(x, y=2, *args, k: int = 3, **kw) -> float' and s.parameters['y'].default == 2\n"
    "assert s.parameters['x'].default is inspect.Parameter.empty and s.return_annotation is float\n"
    "assert s.parameters['k'].annotation is int and s.parameters['args'].kind is inspect.Parameter.VAR_POSITIONAL\n"
    "assert inspect.getfullargspec(f).args == ['x', 'y'] and s.bind(1, k=5).arguments == {'x': 1, 'k': 5}",
    "other signatures": "assert str(inspect.signature(P)) == '(a, b=2)' "
    "and str(inspect.signature(P(1).area)) == '()'\n"
    "assert str(inspect.signature(P.area)) == '(self)' and str(inspect.signature(cached)) == '(x)'\n"
    "assert str(inspect.signature(part)) == '(y=2, *args, k: int = 4, **kw) -> float'\n"
    "assert str(inspect.signature(decorated)) == '(x)' and inspect.signature(typed).parameters['p'].annotation is P",
    "kinds": "assert inspect.isfunction(f) and not inspect.ismethod(f) and inspect.ismethod(P(1).area)\n"
    "assert inspect.isgeneratorfunction(gen) and not inspect.isgeneratorfunction(f) and inspect.isclass(P)\n"
    "assert inspect.iscoroutinefunction(co) and inspect.isroutine(f) and not inspect.isclass(f)",
    "parts of a function": "assert f.__defaults__ == (2,) and f.__kwdefaults__ == {'k': 3} and f.__name__ == 'f'\n"
    "assert f.__annotations__ == {'k': int, 'return': float} and f.__code__.co_argcount == 2\n"
    "assert f.__code__.co_varnames == ('x', 'y', 'k', 'args', 'kw', 'z') and gen.__code__.co_names == ('range',)",
    "types": "import typing\nassert typing.get_type_hints(f) == {'k': int, 'return': float}\n"
    "assert typing.get_type_hints(Item) == {'name': str, 'price': float} and typed.__annotations__['p'] is P",
    "what it wraps": "assert decorated.__wrapped__(2) == 20 and hasattr(decorated, '__wrapped__')\n"
    "assert not hasattr(f, '__wrapped__')",
}


@pytest.fixture(scope="module")
def done() -> dict[str, str]:
    """The error of each test cell ('' if there is none), all from one run."""
    cells = [graded(f"import inspect\n{source}", f"t{n}") for n, source in enumerate(WORK.values())]
    made = notebook(shared(), answer(STUDENT), *cells)
    run(made)
    assert not error(made.cells[1])
    return dict(zip(WORK, map(error, made.cells[2:]), strict=True))


@pytest.mark.parametrize("what", WORK)
def test_inspecting(what: str, done: dict[str, str]) -> None:
    assert done[what] == ""


def test_help_shows_what_it_shows_where_the_function_lives() -> None:
    shown = text(run_test(STUDENT, "help(f)\nhelp(P)"))
    assert "Help on function f in module __main__" in shown
    assert "Doc of f." in shown
    assert "The area." in shown


def test_the_source_of_a_class_is_not_known_as_in_a_kernel() -> None:
    assert "OSError" in fails(STUDENT, "import inspect\ninspect.getsource(P)")


LIES = {
    "lines that are no list": "inspect.findsource = lambda f: (3, 0)",
    "lines that are no text": "inspect.findsource = lambda f: ([[1]], 0)",
    "no number": "inspect.findsource = lambda f: (['def f(): pass'], 'x')",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_source_that_is_none_is_an_error(lie: str) -> None:
    assert fails(f"import inspect\ndef f(): pass\n{LIES[lie]}", "import inspect\ninspect.getsource(f)")


def test_a_signature_that_is_none_is_an_error() -> None:
    student = "import inspect\ndef f(): pass\nclass S:\n    parameters, return_annotation = {}, 1\n"
    nameless = "class N: name, kind, default, annotation = 3, inspect.Parameter.KEYWORD_ONLY, 1, 1\n"
    passes(f"{student}inspect.signature = lambda f: S()", "import inspect\nassert not inspect.signature(f).parameters")
    student = f"{student}{nameless}S.parameters = {{'a': N}}\n"
    fails(f"{student}inspect.signature = lambda f: S()", "import inspect\ninspect.signature(f)")
