"""Flask: the extension, the rules on routes, the pages of signing in, account and administration."""
