"""Entry point: `python3 -s -S -P -B /opt/runner/runner/__main__.py`.

Not `-I`: it implies `-E`, which would ignore PYTHONHASHSEED, and a bot's sets would then iterate
in another order in each container. `-s -S -P` keep the user's and the system's site packages and
the working directory off the path all the same.
"""

import sys

sys.path += ['/opt/runner', '/opt/runner/lib']

from runner.main import main  # noqa: E402

if __name__ == '__main__':
    sys.exit(main())
