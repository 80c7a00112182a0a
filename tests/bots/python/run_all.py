"""Runs every test below the folders that it is given; tells of each test in one line of JSON.

Run inside of the runner image: `python3 run_all.py FOLDER…`.
"""

import json
import sys
import unittest

sys.path += ['/opt/runner', '/opt/runner/lib', sys.path[0]]


class Lines(unittest.TestResult):
    """Prints {"test": name, "problems": [text]} when a test ends."""

    def startTest(self, test):
        super().startTest(test)
        self._problems = []

    def addError(self, test, err):
        self._problems.append(self._exc_info_to_string(err, test))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._problems.append(f'{subtest}\n{self._exc_info_to_string(err, test)}')

    def addSkip(self, test, reason):
        self._problems.append(f'skipped: {reason}')

    def addUnexpectedSuccess(self, test):
        self._problems.append('unexpected success')

    def stopTest(self, test):
        super().stopTest(test)
        print(json.dumps({'test': test.id(), 'problems': self._problems}), flush=True)


def main(folders):
    suite = unittest.TestSuite()
    for folder in folders:
        suite.addTests(unittest.TestLoader().discover(folder, top_level_dir=folder))
    result = Lines()
    suite.run(result)
    print(json.dumps({'ran': result.testsRun}), flush=True)


if __name__ == '__main__':
    main(sys.argv[1:])
