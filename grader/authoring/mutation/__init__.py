"""Mutants: the solution with one small mistake in it, made mechanically. A good test catches each of them."""

from grader.authoring.mutation.mutant import Mutant, mutants_of

__all__ = ["Mutant", "mutants_of"]
