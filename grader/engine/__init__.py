"""How a submission is executed and scored."""
