"""What we hold of a citizen, given to that citizen alone (GDPR, articles 15 and 20).

`web` asks (`asking`), the worker reads and opens (`reading`, `opening`), composes a file (`document`), and sends or
leaves it (`answering`). Nothing that was opened goes back to `web` in the clear.
"""
