"""The one error with which the policy refuses a bot."""


class PolicyError(Exception):
    """Bot code that may not run: `line` is 1-based or None, `message` one sentence for a person."""

    def __init__(self, line: int | None, message: str):
        super().__init__(message if line is None else f'Line {line}: {message}')
        self.line = line
        self.message = message
