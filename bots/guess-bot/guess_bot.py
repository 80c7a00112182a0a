"""Referee of a number guessing game with a commitment.

When it is attached, the bot draws a number and a nonce and posts the SHA-256 of "<number>:<nonce>".
The game starts when two players have joined; they guess in turn. At the end the bot reveals number
and nonce, so that everyone can compute the hash again.
"""

import hashlib
import json
import secrets

PLAYERS_TO_START = 2
LIMIT = 10**9
HELP = (
    'Post "guess 42" (or {"guess": 42}) when it is your turn, "concede" to give up. '
    'In private: "!status" tells how the game stands, "!help" tells this.'
)
HOW_TO_VERIFY = (
    "Run: printf '%s' '{target}:{nonce}' | sha256sum - and compare what it prints with the commit that was posted "
    'before the first guess: {commit}'
)


class GuessBot:
    def __init__(self, ctx, params):
        self.ctx = ctx
        self.low, self.high = number_range(params)
        self.state = ctx.get_state()

    # Hooks

    def on_init(self):
        target = self.ctx.random.randint(self.low, self.high)
        nonce = secrets.token_hex(16)
        commit = commitment(target, nonce)
        self.state = {
            'target': target,
            'nonce': nonce,
            'commit': commit,
            'players': [],
            'turn': 0,
            'turns': 0,
            'guesses': 0,
            'phase': 'waiting',
        }
        self.post(
            'bot',
            'prompt',
            text=f'Guess a number from {self.low} to {self.high}. The game starts when {PLAYERS_TO_START} players '
            f'have joined. {HELP}',
            mode='number',
            range=[self.low, self.high],
        )
        self.post(
            'control',
            'bot:commit',
            commit=commit,
            message='This is the SHA-256, in hex, of the text "<number>:<nonce>". Both are revealed at the end, so '
            'that you can check that the number was fixed before the first guess.',
        )
        self.announce()

    def on_join(self, player_id):
        players = self.state['players']
        if player_id in players:
            self.tell(player_id, 'Welcome back: you are one of the players. ' + self.standing())
        elif self.state['phase'] == 'waiting':
            players.append(player_id)
            self.post('bot', 'player_joined', player=player_id, player_count=len(players))
            if len(players) == PLAYERS_TO_START:
                self.start()
            self.announce()
        else:
            self.tell(player_id, 'The game has begun without you: you may watch. ' + self.standing())

    def on_message(self, msg):
        if msg.get('kind') != 'user':
            return
        player, body = msg.get('sender'), unwrapped(msg.get('body'))
        if wants_to_concede(body):
            self.concede(player)
        elif is_move(body):
            self.move(player, guessed_number(body))

    def on_private_message(self, slot_id, msg):
        text = str(msg.get('text') or '').strip().lower()
        if text in ('!status', 'status'):
            self.ctx.dm(
                slot_id, 'bot', {'type': 'status', 'text': self.standing(), 'public_state': self.public()}
            )
        elif text in ('!help', 'help'):
            self.ctx.dm(slot_id, 'bot', {'type': 'help', 'text': HELP})
        else:
            self.tell(slot_id, 'Moves are posted to the channel, not in private. ' + HELP)

    # The game

    def start(self):
        self.state['phase'] = 'playing'
        players = self.state['players']
        self.post('bot', 'game_start', players=players, turn_order=players)
        self.next_turn(0)

    def next_turn(self, index):
        self.state['turn'] = index
        self.state['turns'] += 1
        self.post('control', 'bot:turn', player=self.current(), turn_number=self.state['turns'])

    def move(self, player, number):
        if not self.may_act(player):
            return
        if player != self.current():
            return self.violation('BAD_TURN', player, f'It is the turn of {self.current()}.')
        if number is None or not self.low <= number <= self.high:
            return self.violation(
                'BAD_MOVE', player, f'A guess is a whole number from {self.low} to {self.high}.'
            )
        self.judge(player, number)

    def judge(self, player, number):
        self.state['guesses'] += 1
        target = self.state['target']
        result = 'correct' if number == target else 'high' if number > target else 'low'
        hint = {
            'correct': 'That is the number.',
            'high': f'The number is lower than {number}.',
            'low': f'The number is higher than {number}.',
        }[result]
        self.post(
            'bot',
            'judge',
            result=result,
            player=player,
            guess=number,
            hint=hint,
            guess_count=self.state['guesses'],
        )
        if result == 'correct':
            return self.end(player, 'correct_guess')
        self.next_turn((self.state['turn'] + 1) % len(self.state['players']))
        self.announce()

    def concede(self, player):
        if not self.may_act(player):
            return
        if player not in self.state['players']:
            return self.violation('BAD_TURN', player, 'Only players can concede.')
        self.post('bot', 'concede', player=player)
        others = [other for other in self.state['players'] if other != player]
        self.end(others[0], 'concede')

    def end(self, winner, reason):
        self.state['phase'] = 'over'
        target, nonce, commit = self.state['target'], self.state['nonce'], self.state['commit']
        self.post(
            'control',
            'bot:reveal',
            target=target,
            nonce=nonce,
            commit=commit,
            verified=commitment(target, nonce) == commit,
            how_to_verify=HOW_TO_VERIFY.format(target=target, nonce=nonce, commit=commit),
        )
        self.post(
            'bot',
            'game_end',
            winner=winner,
            reason=reason,
            target=target,
            total_guesses=self.state['guesses'],
            players=self.state['players'],
        )
        self.announce()
        self.post('system', 'end')

    def may_act(self, player):
        phase = self.state['phase']
        if phase == 'waiting':
            self.violation(
                'GAME_NOT_STARTED', player, f'The game starts when {PLAYERS_TO_START} players have joined.'
            )
        elif phase == 'over':
            self.violation('GAME_NOT_STARTED', player, 'The game is over.')
        return phase == 'playing'

    # What everyone may know

    def current(self):
        return self.state['players'][self.state['turn']] if self.state['phase'] == 'playing' else None

    def public(self):
        return {
            'mode': 'number',
            'range': [self.low, self.high],
            'players': self.state['players'],
            'game_started': self.state['phase'] != 'waiting',
            'game_ended': self.state['phase'] == 'over',
            'current_turn': self.current(),
            'guess_count': self.state['guesses'],
        }

    def standing(self):
        count = self.state['guesses']
        told = '1 guess so far' if count == 1 else f'{count} guesses so far'
        if self.state['phase'] == 'playing':
            return (
                f'It is the turn of {self.current()}; {told}; the number is from {self.low} to {self.high}.'
            )
        if self.state['phase'] == 'over':
            return f'The game is over after {told.removesuffix(" so far")}; the number was {self.state["target"]}.'
        return f'Waiting for players: {len(self.state["players"])} of {PLAYERS_TO_START} have joined.'

    def announce(self):
        self.post('control', 'bot:state', public_state=self.public())
        self.ctx.set_state(self.state)

    def post(self, kind, type, **fields):
        self.ctx.post(kind, {'type': type, **fields})

    def tell(self, slot_id, text):
        self.ctx.dm(slot_id, 'bot', {'type': 'note', 'text': text})

    def violation(self, reason, player, details):
        self.post('control', 'violation', reason=reason, player=player, details=details)


def number_range(params):
    """The range from the parameters; a range that makes no game is an error."""
    low, high = params.get('min', 1), params.get('max', 100)
    for name, value in (('min', low), ('max', high)):
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LIMIT:
            raise ValueError(f'parameter {name} must be a whole number from {-LIMIT} to {LIMIT}')
    if low >= high:
        raise ValueError('parameter min must be less than parameter max')
    return low, high


def commitment(target, nonce):
    return hashlib.sha256(f'{target}:{nonce}'.encode()).hexdigest()


def unwrapped(body):
    """A JSON object that a client sent as text, as the object that was meant."""
    text = body.get('text') if isinstance(body, dict) else None
    if not isinstance(text, str) or not text.strip().startswith('{'):
        return body
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return body


def text_of(body):
    text = body.get('text') if isinstance(body, dict) else body
    return text.strip().lower() if isinstance(text, str) else ''


def wants_to_concede(body):
    if isinstance(body, dict) and 'concede' in (body.get('type'), body.get('action')):
        return True
    return text_of(body) in ('concede', 'i concede', '!concede')


def is_move(body):
    """True for what is meant as a guess, well formed or not; talk is not."""
    if isinstance(body, dict) and ('guess' in body or body.get('type') in ('move', 'guess')):
        return True
    text = text_of(body)
    return after_guess(text) is not None or whole_number(text) is not None


def guessed_number(body):
    """The number of a move, None where it has none."""
    if isinstance(body, dict):
        for key in ('guess', 'value', 'number'):
            if key in body:
                return whole_number(body[key])
    text = text_of(body)
    rest = after_guess(text)
    return whole_number(text if rest is None else rest)


def after_guess(text):
    """What follows the word guess, None where the text does not start with it."""
    word = text.removeprefix('!')
    rest = word.removeprefix('guess')
    return None if rest == word or rest[:1].isalpha() else rest.strip(' :=')


def whole_number(value):
    """42, 42.0 and "42" as 42; None for everything else, True and False among it."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int):
        return value
    return number_in(value.strip()) if isinstance(value, str) else None


def number_in(text):
    digits = text[1:] if text[:1] in ('+', '-') else text
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 12 else None
