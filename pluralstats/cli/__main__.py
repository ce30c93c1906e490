"""``python -m pluralstats.cli``: the command where it is not on the path."""

from pluralstats.cli.program import main

if __name__ == "__main__":
    main()
