"""From the rows of a specification to the rows of a result: one file for each kind of analysis."""
