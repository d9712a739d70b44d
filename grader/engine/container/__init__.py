"""The second way to keep a submission apart, for containers that allow no namespaces: a user of its own for each.

It is weaker than the sandbox, and never called isolated; docs/security.md says what it lacks. Read in the order in
which things happen: `requirements` asks whether it can be done here and whether the course's files are closed to other
users, which `look` tries as one of these; `pool` starts `zygote`, a parent that stays root, takes a user for each
submission from `users` and forks a `supervisor`; this makes the folder (`places`), forks what becomes the student's
process (`confinement`), watches it from outside (`watch`) and ends all that the user has (`ending`). The limits, the
filter and the messages are the sandbox's.
"""
