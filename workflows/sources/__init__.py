"""Where rows come from: the catalogue, the files it finds, the workbooks it reads."""
