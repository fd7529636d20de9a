"""What honors draw: certificates, the whole board, and cards for links. Laid out once, drawn as PNG or as PDF."""
