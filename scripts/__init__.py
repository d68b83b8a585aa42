"""The scheduled jobs, one module each: `python -m scripts.nag --help`.

Rule: a job reads and writes GitHub alone, with whatever token it is given; it needs no server and keeps nothing.
"""
