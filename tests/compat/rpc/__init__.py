"""The control plane's scenarios, one file for each area: what tests/compat/rpc_oracle.py compares step by step."""
