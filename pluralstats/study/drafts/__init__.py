"""Study files from ratings files: what a file tells, what a person has to say, and the text of both."""
