"""Work in other places than this process: how a Dask or Ray cluster is reached, and how tasks and data get there."""
