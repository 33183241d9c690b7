"""Where rows go: the only package that knows psycopg2."""
