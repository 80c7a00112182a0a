"""PID 1 from its start to its end."""

from runner import frames
from runner.cleanup import end_all_processes
from runner.loop import Loop
from runner.rehearsal import Rehearsal
from runner.system import OutOfMemoryRank, protect_pid1, settle_memory
from runner.worker import Processes

_STDIN, _STDOUT = 0, 1
_EXIT_HOST_GONE, _EXIT_PROTOCOL = 0, 70


def main() -> int:
    rank = OutOfMemoryRank()
    protect_pid1()
    import hook  # loaded here so that no child pays for it

    hook.preload()
    loop = Loop(_STDIN, _STDOUT, Processes(rank), Rehearsal().play)
    settle_memory()
    try:
        loop.run()
        return _EXIT_HOST_GONE
    except frames.ProtocolError:
        return _EXIT_PROTOCOL
    except BrokenPipeError:
        return _EXIT_HOST_GONE
    finally:
        end_all_processes(1.0)
