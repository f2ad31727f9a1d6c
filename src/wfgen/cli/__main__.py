"""`python -m wfgen.cli`."""

from __future__ import annotations

from wfgen.cli import main

if __name__ == "__main__":
    main()
