"""Numbers, tables and objects as people read them: on a terminal, in a notebook, in a paper."""
