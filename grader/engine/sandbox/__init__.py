"""Isolation of one submission from everything else on the machine.

Read in the order in which things happen: `parent` starts the preloaded parent through `bwrap`, which lets in what
`allowlist` names; `zygote` is that parent; `supervisor` is forked from it for each submission and makes the namespaces;
`init` is the first process in them; `confined_worker` becomes the student's process; `watch` measures it from outside.
The probe of `course doctor` tries each piece. What runs beside a student's code uses the standard library alone.
"""
