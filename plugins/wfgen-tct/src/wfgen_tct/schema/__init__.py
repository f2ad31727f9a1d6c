"""The front end: JSON Schemas of every dialect become formulas, with a report on each keyword."""
