"""docs/bots.md says what is so: its examples run, its lists are the lists of the code."""

import re
import unittest
from pathlib import Path

from harness import load, run_source
from hook import effects
from policy.output import OUTPUT_LIMIT
from policy.surface import ALL
from policy.transformer import SPECIAL_METHODS

PAGE = (Path(__file__).parents[3] / 'docs' / 'bots.md').read_text()
MODULES = PAGE.partition('## Modules')[2].partition('##')[0]


class Documentation(unittest.TestCase):
    def test_each_example_loads(self):
        examples = re.findall(r'```python\n(.*?)```', PAGE, re.DOTALL)
        self.assertGreater(len(examples), 1)
        for example in examples:
            with self.subTest(example.split('\n')[0]):
                self.assertIn('code', load(example))

    def test_the_counter_counts_from_its_parameter(self):
        counter = re.findall(r'```python\n(class Counter.*?)```', PAGE, re.DOTALL)[0]
        reply = run_source(counter, 'on_message', {'body': {}}, params={'start': 4})
        self.assertEqual((reply['posts'][0]['body'], reply['state']), ({'count': 5}, {'count': 5}))

    def test_every_module_is_named(self):
        named = set(re.findall(r'[\w.*]+', MODULES))
        for name in ALL:
            root, _, leaf = name.partition('.')
            with self.subTest(name):
                self.assertIn(root, named)
                self.assertTrue(not leaf or {leaf, name, f'{leaf.partition(".")[0]}.*'} & named, leaf)

    def test_every_special_method_that_is_named_can_be_defined_and_every_one_that_can_be_is_named(self):
        named = set(re.findall(r'`(__\w+__)`', PAGE)) - {'__init__', '__contains__'}
        self.assertEqual(named, SPECIAL_METHODS)
        for name in named:
            with self.subTest(name):
                self.assertIn('code', load(f'class A:\n    def {name}(self, *rest):\n        return 1\n'))

    def test_the_limits_are_those_of_the_code(self):
        for told, limit in {
            '| 100, together 1 MiB of JSON |': (effects.MAX_POSTS, effects.MAX_POSTED) == (100, 2**20),
            '| 64 KiB of JSON |': effects.MAX_BODY == 2**16,
            '| 1 MiB of JSON |': effects.MAX_STATE == 2**20,
            '| the first 8 KiB are kept |': OUTPUT_LIMIT == 2**13,
            'string of 1 to 64 characters': effects.MAX_KIND == 64,
        }.items():
            with self.subTest(told):
                self.assertIn(told, PAGE)
                self.assertTrue(limit)


if __name__ == '__main__':
    unittest.main()
