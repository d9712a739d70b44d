"""Damaged submissions: read what can be read, align it to the assignment, put back what is missing, and say so."""
