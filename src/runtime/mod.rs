//! What clients see as the daemon: the poll loop and everything that executes decisions.
