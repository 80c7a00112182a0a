import { expect, test } from 'vitest';
import { runnerImage } from './support/engine.ts';
import { call, program } from './support/programs.ts';
import { startSandbox } from './support/sandbox.ts';

const BOT = `
import hashlib

class CountBot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        if msg == 'grow':
            return 'x' * (1 << 30)
        state = self.ctx.get_state() or {'seen': []}
        state['seen'] = state['seen'] + [msg]
        print('seen', len(state['seen']))
        self.ctx.set_state(state)
        self.ctx.post('bot', {'digest': hashlib.sha256(str(msg).encode()).hexdigest()[:8], 'random': self.ctx.random.random()})
`;

test('the runner image runs a bot class, and the same hook gives the same answer', async () => {
  await using sandbox = await startSandbox({ image: runnerImage() });
  const bot = program(BOT);
  expect(await sandbox.check(bot)).toMatchObject({
    outcome: 'ok',
    className: 'CountBot',
    usesNetwork: false,
  });
  const hook = call(['b'], { state: '{"seen":["a"]}', stateVersion: 1, seed: '5'.repeat(64) });
  const first = await sandbox.run(bot, hook);
  expect(first).toMatchObject({ outcome: 'ok', output: 'seen 2\n' });
  const reply = JSON.parse(first.outcome === 'ok' ? first.reply : '{}');
  expect(reply.state).toEqual({ seen: ['a', 'b'] });
  expect(reply.posts).toMatchObject([{ kind: 'bot', body: { digest: '3e23e816' } }]);
  await sandbox.release(bot.key);
  expect(await sandbox.run(bot, hook)).toMatchObject({
    outcome: 'ok',
    reply: first.outcome === 'ok' && first.reply,
  });
});

test.each([
  ['a syntax error', 'x = 1\ny = = 2\n', 2],
  ['a forbidden import', '\nimport os\nclass A: pass\n', 2],
])('%s is refused with its line', async (_name, source, line) => {
  await using sandbox = await startSandbox({ image: runnerImage() });
  expect(await sandbox.check(program(source))).toMatchObject({ outcome: 'refused', line });
});

test('a bot that grows beyond its memory is told so', async () => {
  await using sandbox = await startSandbox({ image: runnerImage() });
  const result = await sandbox.run(program(BOT), call(['grow']));
  expect(result).toMatchObject({
    outcome: 'bot_failed',
    reason: expect.stringMatching(/^(memory|exception)$/),
  });
});
