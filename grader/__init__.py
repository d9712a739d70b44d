"""The instructor's package: build and prove notebooks, grade submissions, exchange them with students."""
