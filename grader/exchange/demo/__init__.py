"""A demonstration class: ten invented students are graded, and the outcome is compared with what must come out."""
