"""PID 1 of a bot's container: forks one limited process per call and carries bytes for it."""
