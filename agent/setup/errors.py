"""The one error of set-up."""


class CannotSetUp(Exception):
    """Set-up cannot go on. `cause` says what is wrong, `remedy` what a person does about it; both without full stop."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy
