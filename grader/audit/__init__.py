"""What two interpreters do to an author's own tests: measured with the solution, and foretold from the code."""
