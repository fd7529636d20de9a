"""Results that come as files: read as rows, held against what is here, and judged row by row. It writes nothing."""
