"""Grading on Gradescope: `course export ASSIGNMENT --gradescope` makes the zip that its autograder is built from.

Read in this order: `autograder_zip` makes the zip; in it are `own_wheel`, the engine itself, `pinned`, what it and the
notebooks need, and `assignment_file`, the assignment with its hidden tests. There, `setup.sh` installs the first two
(see `grader/exchange/templates/gradescope`), and `run_autograder` grades a submission and writes what `results_json`
makes of it.
"""
