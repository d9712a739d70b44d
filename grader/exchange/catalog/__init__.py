"""The wrong answers of the answers files as a catalog of mistakes: what each is called, and how it fails."""
