"""What tests/compat/ctl_oracle.py is made of: the lines, the daemons, a terminal."""
