"""The cases, one file for each area. Each case is a function of a `Trial`; what it records is compared."""
