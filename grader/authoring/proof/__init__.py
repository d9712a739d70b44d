"""`course prove`: are the tests right about right and wrong answers, mutants, the solution, the blank release?"""
