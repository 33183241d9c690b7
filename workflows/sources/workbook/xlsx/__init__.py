"""Workbooks of zipped XML (.xlsx, .xlsm): the package, and two engines that read its sheets: direct, and exact."""
