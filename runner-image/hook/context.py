"""`ctx`, through which a bot sees its channel and acts on it."""

from policy.chance import SeededRandom
from policy.writing import read_only

from .effects import Effects
from .values import plain


@read_only
class Context:
    """One per hook. Its members are all that a bot has of the channel; docs/bots.md tells of each."""

    def __init__(self, request: dict, effects: Effects, random: SeededRandom, now: float):
        self._request = request
        self._effects = effects
        self.random = random
        self.now = now
        self.env = dict(request['env'])
        self.players = [dict(player) for player in request['players']]
        self.state_version = request['state_version']
        self.workspace = request['workspace']

    def __repr__(self):
        return '<ctx>'

    def post(self, kind, body):
        """Posts to everyone in the channel."""
        self._effects.post(kind, body)

    def dm(self, slot_id, kind, body):
        """Posts to one seat only."""
        if slot_id is None:
            raise TypeError("a slot id is a string such as 's1'")
        self._effects.post(kind, body, slot_id)

    def get_state(self):
        """A copy of the bot's state; an empty dict before any was set."""
        changed = self._effects.state()
        state = changed[0] if changed else plain(self._request['state'])
        return {} if state is None else state

    def set_state(self, state):
        """Replaces the bot's state, once the hook has ended well."""
        self._effects.set_state(state)
