"""The running gateway: nginx, PostgreSQL, the functions' hosts, and what flows between them. It knows the description, not the compiler."""
