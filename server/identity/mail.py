"""The texts of mails about accounts, in the language at hand. They name no patient and no visit."""

from server.web import Deps

Words = tuple[str, str]


def written(deps: Deps, name: str, **context: object) -> Words:
    """Write a mail: subject and body."""
    subject = deps.templates.text(f"mail/{name}.subject.txt", **context).strip()
    return subject, deps.templates.text(f"mail/{name}.txt", **context)
