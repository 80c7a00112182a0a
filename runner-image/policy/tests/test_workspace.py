"""`open` of bots: the workspace, and nothing outside of it by whatever name."""

import os
import tempfile
import unittest
from pathlib import Path

from harness import answer


class Workspace(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / 'workspace'
        self.root.mkdir()
        (self.root.parent / 'secret').write_text('secret')
        (self.root / 'plain').write_text('one\ntwo\n')
        (self.root / 'folder').mkdir()
        (self.root / 'folder' / 'deep').write_text('deep')
        (self.root / 'link').symlink_to(self.root.parent / 'secret')
        (self.root / 'up').symlink_to(self.root.parent)
        os.mkfifo(self.root / 'pipe')

    def told(self, body):
        return answer(body, workspace=str(self.root))

    def test_text_is_written_and_read_again(self):
        self.assertEqual(
            self.told("with open('a', 'w') as f:\n    f.write('xé')\npost(open('a').read())"), 'xé'
        )

    def test_bytes_lines_and_positions(self):
        body = "f = open('b', 'w+b'); f.write(b'ab\\ncd'); f.seek(0); post([len(x) for x in f]); f.close()"
        self.assertEqual(self.told(body), [3, 2])

    def test_an_absolute_name_below_the_workspace(self):
        self.assertEqual(self.told("post(open(self.ctx.workspace + '/folder/deep').read())"), 'deep')

    def test_appending_and_creating_only_once(self):
        self.assertEqual(self.told("open('plain', 'a').write('x'); post(open('plain').readlines()[-1])"), 'x')
        self.assertIn('FileExistsError', self.told("open('plain', 'x')"))

    def test_ways_out(self):
        ways = {
            'an absolute name': ('/etc/passwd', 'PermissionError'),
            'dots': ('../secret', 'PermissionError'),
            'dots further in': ('folder/../../secret', 'PermissionError'),
            'dots after the workspace': (f'{self.root}/../secret', 'PermissionError'),
            'two slashes after the workspace': (f'{self.root}//etc/passwd', 'PermissionError'),
            'a name that starts alike': (f'{self.root}x', 'PermissionError'),
            'a link': ('link', 'OSError'),
            'a folder that is a link': ('up/secret', 'NotADirectoryError'),
            'a folder': ('folder', 'IsADirectoryError|PermissionError'),
            'a pipe': ('pipe', 'PermissionError'),
            'nothing': ('', 'PermissionError'),
            'a null': ('a\0b', 'ValueError'),
        }
        for name, (path, errors) in ways.items():
            with self.subTest(name):
                self.assertRegex(self.told(f'post(open({path!r}).read())'), errors)

    def test_descriptors_are_not_names(self):
        for file in ('0', '3', "b'plain'", 'True'):
            with self.subTest(file):
                self.assertIn('PermissionError', self.told(f'post(open({file}).read())'))

    def test_a_file_does_not_hand_out_what_lies_beneath(self):
        for name in ('buffer', 'raw', 'fileno', 'detach'):
            with self.subTest(name):
                self.assertIn('AttributeError', self.told(f"getattr(open('plain'), {name!r})"))

    def test_no_file_is_open_while_the_bot_is_loaded(self):
        from harness import load

        self.assertIn('PermissionError', load("open('x', 'w')\nclass A:\n    pass\n")['message'])


if __name__ == '__main__':
    unittest.main()
