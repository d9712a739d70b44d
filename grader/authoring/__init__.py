"""From Markdown sources to notebooks, and the proof that their tests tell right from wrong."""
