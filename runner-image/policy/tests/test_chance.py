"""Chance and time of a hook: all of it from the call's seed and moment."""

import hashlib
import unittest

from harness import NOW_MS, SEED, answer

OTHER = '07' * 32
DRAWS = {
    'ctx.random': ('', 'self.ctx.random.random()'),
    'random.random': ('import random', 'random.random()'),
    'random.choice, imported by name': ('from random import choice', 'choice(range(10**9))'),
    'random.shuffle': ('import random', '(lambda a: (random.shuffle(a), a)[1])(list(range(50)))'),
    'random.Random()': ('import random', 'random.Random().random()'),
    'random.SystemRandom()': ('import random', 'random.SystemRandom().random()'),
    'random after seed()': ('import random', '(random.seed(), random.random())[1]'),
    'secrets.token_hex': ('import secrets', 'secrets.token_hex()'),
    'secrets.token_urlsafe': ('import secrets', 'secrets.token_urlsafe(9)'),
    'secrets.randbelow': ('import secrets', 'secrets.randbelow(10**9)'),
    'secrets.choice': ('import secrets', 'secrets.choice(range(10**9))'),
    'mail boundaries': (
        'from email.mime.multipart import MIMEMultipart\nfrom email.mime.text import MIMEText',
        "MIMEMultipart('mixed', None, [MIMEText('a')]).as_string()",
    ),
}
TIMES = {
    'ctx.now': ('', 'self.ctx.now', NOW_MS / 1000),
    'time.time': ('import time', 'time.time()', NOW_MS / 1000),
    'time.time_ns': ('import time', 'time.time_ns() // 10**6', NOW_MS),
    'time.gmtime': (
        'import time',
        "time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())",
        '2026-09-21 14:13:20',
    ),
    'time.strftime': ('import time', "time.strftime('%Y')", '2026'),
    'datetime.now': ('import datetime', 'datetime.datetime.now().isoformat()', '2026-09-21T14:13:20.123000'),
    'datetime.now, imported by name': (
        'from datetime import datetime, UTC',
        'datetime.now(UTC).isoformat()',
        '2026-09-21T14:13:20.123000+00:00',
    ),
    'datetime.utcnow': (
        'from datetime import datetime',
        'datetime.utcnow().isoformat()',
        '2026-09-21T14:13:20.123000',
    ),
    'datetime.today': ('from datetime import datetime', 'datetime.today().year', 2026),
    'date.today': ('from datetime import date', 'date.today().isoformat()', '2026-09-21'),
    'a date of a datetime': (
        'from datetime import datetime',
        'datetime(2000, 1, 1).date().today().isoformat()',
        '2026-09-21',
    ),
    'differences': (
        'from datetime import datetime, timedelta',
        '(datetime.now() - timedelta(days=1)).isoformat()',
        '2026-09-20T14:13:20.123000',
    ),
    'kinds': (
        'from datetime import datetime, date',
        '[isinstance(datetime.now(), date), isinstance(date.today(), datetime)]',
        [True, False],
    ),
}


class Chance(unittest.TestCase):
    def test_the_same_seed_gives_the_same_draw_and_another_seed_another(self):
        for name, (top, draw) in DRAWS.items():
            with self.subTest(name):
                first = answer(f'post({draw})', top)
                self.assertNotIn('Traceback', str(first))
                self.assertEqual(first, answer(f'post({draw})', top))
                self.assertNotEqual(first, answer(f'post({draw})', top, seed=OTHER))

    def test_draws_of_one_hook_differ_from_each_other(self):
        tops = '\n'.join({top for top, _ in DRAWS.values() if 'email' not in top})
        drawn = answer(
            'post([random.random(), self.ctx.random.random(), random.Random().random(), random.Random().random(), '
            'random.SystemRandom().random(), secrets.randbelow(2**53) / 2**53, secrets.randbelow(2**53) / 2**53])',
            tops,
        )
        self.assertEqual(len(set(drawn)), 7)

    def test_ctx_random_is_the_generator_of_the_standard_library_over_the_seed(self):
        import random

        self.assertEqual(answer('post(self.ctx.random.random())'), random.Random(int(SEED, 16)).random())

    def test_a_generator_with_a_seed_is_as_everywhere(self):
        import random

        self.assertEqual(
            answer('post(random.Random(5).random())', 'import random'), random.Random(5).random()
        )

    def test_secrets_come_from_hmac_sha256_in_counter_mode(self):
        import hmac

        first = hmac.digest(bytes.fromhex(SEED), b'secrets:1', hashlib.sha256)
        self.assertEqual(answer('post(secrets.token_hex(32))', 'import secrets'), first.hex())

    def test_a_draw_below_a_bound_reaches_all_of_its_range(self):
        drawn = answer('post(sorted({secrets.randbelow(6) for i in range(200)}))', 'import secrets')
        self.assertEqual(drawn, [0, 1, 2, 3, 4, 5])


class Time(unittest.TestCase):
    def test_every_clock_of_the_day_tells_the_cause_s_time(self):
        for name, (top, told, expected) in TIMES.items():
            with self.subTest(name):
                self.assertEqual(answer(f'post({told})', top), expected)

    def test_times_are_parsed(self):
        parsed = answer(
            'post([datetime.strptime("2026-11-21 05:30", "%Y-%m-%d %H:%M").isoformat(), '
            'time.strptime("2026-11-21", "%Y-%m-%d").tm_yday])',
            'import time\nfrom datetime import datetime',
        )
        self.assertEqual(parsed, ['2026-11-21T05:30:00', 325])

    def test_monotonic_clocks_are_real_and_sleep_sleeps(self):
        told = 'a = time.monotonic(); t = time.time(); time.sleep(0.02); post([time.monotonic() - a, time.time() - t])'
        passed, frozen = answer(told, 'import time')
        self.assertGreaterEqual(passed, 0.02)
        self.assertEqual(frozen, 0)


if __name__ == '__main__':
    unittest.main()
