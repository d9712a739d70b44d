"""`course report`: what a class got wrong in an assignment, as a page and in the terminal."""
