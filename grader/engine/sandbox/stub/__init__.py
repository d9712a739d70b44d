"""What a submission finds in the place of a package that is out of bounds."""

from course_lib.out_of_bounds import sentence

raise ImportError(sentence(__name__), name=__name__)
