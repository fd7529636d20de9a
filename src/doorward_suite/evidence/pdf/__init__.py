"""PDF files: fonts for many scripts, pages with tables, and the tags by which a screen reader finds its way."""
