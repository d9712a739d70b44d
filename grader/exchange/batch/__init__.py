"""Grade a class: a plan of what is to be done, workers that do it, one writer that records it."""
