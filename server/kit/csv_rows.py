"""Tables as text for spreadsheets (RFC 4180). No cell can be taken for a formula."""

import csv
from io import StringIO

UTF8_MARK = "\ufeff"
"""What spreadsheets know UTF-8 by, at the beginning of a file."""

# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def csv_row(*cells: object) -> str:
    """Write one row; None is an empty cell."""
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([_cell(cell) for cell in cells])
    return text.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
