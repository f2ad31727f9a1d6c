"""What is shown: rows of figures, tables, plots and the page."""
