"""Repeats every message: the smallest bot there is, and a check that bots run."""


class EchoBot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_init(self):
        self.ctx.post('system', {'text': 'Echo ready'})

    def on_message(self, msg):
        if msg.get('kind') == 'user':
            self.echo(msg.get('body'))

    def echo(self, body):
        try:
            self.ctx.post('bot', {'echo': body})
        except ValueError:
            # With its wrapping, a body of the largest size allowed is too large.
            self.ctx.post('bot', {'text': 'This message is too large to repeat.'})
