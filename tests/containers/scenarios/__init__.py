"""The cases, by what they are about. A case is a function case_NAME(world); its docstring names the item it shows."""
