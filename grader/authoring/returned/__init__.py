"""What the functions of an answer return, changed on its way to the test."""
