"""What goes out to students and what comes back: collect, feedback, export, and a demonstration class."""
