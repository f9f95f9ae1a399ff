"""The release in the formats that other tools read: CSV, data package, JSON-stat, SDMX-CSV, workbooks, DCAT-AP."""
