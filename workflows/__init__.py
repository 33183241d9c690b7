"""Monthly Excel workbooks into PostgreSQL, planned before they are loaded."""
