"""Who may use the console and the API: a token made at the first start, sessions of browsers, a proxy's word."""
