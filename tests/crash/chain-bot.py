"""Counts what it hears, and chains it: an effect twice, missing or out of order changes every later hash."""

import hashlib


class ChainBot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        count, chain = self.add(msg)
        self.ctx.post('chain', {'count': count, 'chain': chain, 'of': msg['id']})

    def on_private_message(self, slot_id, msg):
        count, chain = self.add(msg)
        self.ctx.dm(slot_id, 'chain', {'count': count, 'chain': chain, 'of': msg['id']})

    def add(self, msg):
        state = self.ctx.get_state() or {'count': 0, 'chain': ''}
        text = msg['body']['text']
        chain = hashlib.sha256((state['chain'] + text).encode()).hexdigest()
        count = state['count'] + 1
        self.ctx.set_state({'count': count, 'chain': chain})
        return count, chain
