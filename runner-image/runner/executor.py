"""Runs calls, one after the other: a process for each, and after it nothing that was there because of it."""

import os
import signal
import time
from collections.abc import Callable

from runner import frames
from runner.call import Call, clean, result
from runner.cleanup import empty_workspace
from runner.connections import Connections
from runner.exits import take_signals
from runner.link import Link, Reply
from runner.poll import IN, OUT, RDHUP, Poll
from runner.run import Run
from runner.system import OutOfMemoryCount, settle_memory
from runner.worker import Kind, Processes, Usage, Worker

_CLEANUP_BUDGET_S = 0.2
#: A killed process needs its share of a busy machine to end.
_EXIT_BUDGET_S = 1.0
#: The spare warms up after 10 ms without a request, and has done so by then.
_PAUSE_S = 0.015


class Executor:
    def __init__(
        self,
        link: Link,
        poll: Poll,
        connections: Connections,
        processes: Processes,
        in_a_pause: Callable[[], None] | None,
    ) -> None:
        """`in_a_pause` is called when the spare has warmed up and no call is there yet."""
        self._link = link
        self._poll = poll
        self._connections = connections
        self._processes = processes
        self._in_a_pause = in_a_pause
        self._out_of_memory = OutOfMemoryCount()
        self._code = b''
        self._run: Run | None = None
        self._reply: Reply | None = None
        self._spare: Worker | None = None
        self._answered_at = 0.0
        #: When `on_time` is to be called, by the monotonic clock.
        self.next_at: float | None = None
        self._then: Callable[[], None] = self._expire

    @property
    def busy(self) -> bool:
        """A call runs, or is not cleared away yet, or the host has not all of its reply."""
        return self._run is not None or (self._reply is not None and not self._reply.done)

    def on_time(self) -> None:
        self.next_at = None
        self._then()

    def grant(self, stream: int, increment: int) -> None:
        """Credit for a reply; for one that is sent already it means nothing."""
        if self._reply is not None and self._reply.stream == stream:
            self._reply.grant(increment)
            self._link.ready(self._reply)

    def start(self, call: Call) -> None:
        if call.op == frames.OP_IMPORT:
            self._import(call)
        elif call.op == frames.OP_HOOK and not self._code:
            self._link.send_control(result(call, frames.CAUSE_NOT_LOADED) + clean(call))
        else:
            self._run = run = self._hand_over(call)
            self._at(run.deadline, self._expire)

    def _import(self, call: Call) -> None:
        """Trusted modules only: the library has the list of those that it takes."""
        from policy import library

        self._drop_spare()
        library.import_network(call.request.decode('utf-8').split())
        settle_memory()
        self._link.send_control(result(call, frames.CAUSE_OK) + clean(call))

    def _hand_over(self, call: Call) -> Run:
        """Gives the call to the spare process, if that fits and still lives, else to a fresh one."""
        kind = Kind(call.op, call.memory, call.cpu_s, call.connections > 0)
        spare, self._spare = self._spare, None
        if spare is not None and spare.kind == kind:
            try:
                return self._begin(Run(call, spare))
            except ConnectionError:
                pass
        if spare is not None:
            spare.discard()
        run = Run(call, self._fork(kind, spare=False))
        try:
            return self._begin(run)
        except ConnectionError:
            return self._watch(run, IN)

    def _begin(self, run: Run) -> Run:
        return self._watch(run, IN | RDHUP if run.give() else IN | OUT | RDHUP)

    def _watch(self, run: Run, events: int) -> Run:
        worker = run.worker
        self._poll.add(worker.reply.fileno(), events, self._on_reply)
        self._poll.add(worker.pidfd, IN, self._on_exit)
        if worker.code_fd is not None:
            self._poll.add(worker.code_fd, IN, self._on_code)
        if worker.asked is not None:
            self._connections.begin(worker.asked, run.call.connections)
        return run

    def _on_reply(self, events: int) -> None:
        run = self._run
        fd = run.worker.reply.fileno()
        try:
            if events & OUT and run.give():
                self._poll.change(fd, IN | RDHUP)
        except ConnectionError:
            self._poll.change(fd, IN | RDHUP)
        if run.read_reply(events):
            self._poll.remove(fd)
        if run.cause is not None:
            self._answer(run)

    def _on_code(self, _events: int) -> None:
        run = self._run
        if run.read_code():
            self._poll.remove(run.worker.code_fd)
        if run.cause is not None:
            self._answer(run)

    def _expire(self) -> None:
        self._run.decide(frames.CAUSE_TIMEOUT)
        self._answer(self._run)

    def _on_exit(self, _events: int) -> None:
        run = self._run
        unanswered = run.cause is None
        take_signals()
        usage = run.exited()
        if usage is None:
            return
        if unanswered:
            self._answer(run)
        self._clear(run, usage)

    def _answer(self, run: Run) -> None:
        """As soon as it is known what came of the call; the process may take its time to end."""
        self._processes.kill()
        self._connections.end()
        now = self._answered_at = time.monotonic()
        ok = run.cause == frames.CAUSE_OK
        if ok and run.worker.code_fd is not None:
            self._keep_code(run)
        self._reply = reply = Reply(run.call.stream, run.reply if ok else b'')
        flags = frames.RESULT_OOM if self._ran_out(run) else 0
        self._tell(result(run.call, run.cause, flags, run.detail, now - run.started, len(run.reply) if ok else 0))
        self._link.ready(reply)
        self._link.flush()
        self._release(run.worker)
        self._at(now + _EXIT_BUDGET_S, self._give_up)

    def _tell(self, frame: bytes) -> None:
        """Of a call: after its reply."""
        if self._reply is None or self._reply.done:
            self._link.send_control(frame)
        else:
            self._reply.follow(frame)

    def _keep_code(self, run: Run) -> None:
        run.read_code()
        if run.code:
            self._code = bytes(run.code)

    def _ran_out(self, run: Run) -> bool:
        moved = self._out_of_memory.moved()
        if moved is None:
            return run.cause == frames.CAUSE_SIGNALLED and run.detail == signal.SIGKILL
        return moved

    def _release(self, worker: Worker) -> None:
        self._poll.remove(worker.reply.fileno())
        if worker.code_fd is not None:
            self._poll.remove(worker.code_fd)
        worker.close()

    def _give_up(self) -> None:
        """The process does not end. What comes next is the end of this container."""
        self._poll.remove(self._run.worker.pidfd)
        self._tell(clean(self._run.call, frames.CLEAN_RESIDUE))

    def _clear(self, run: Run, usage: Usage) -> None:
        self._poll.remove(run.worker.pidfd)
        os.close(run.worker.pidfd)
        ended = time.monotonic()
        alone = self._processes.clear(_CLEANUP_BUDGET_S)
        empty = empty_workspace()
        now = time.monotonic()
        flags = 0 if alone and empty and now - ended <= _CLEANUP_BUDGET_S else frames.CLEAN_RESIDUE
        self._tell(clean(run.call, flags, usage.cpu_s, usage.rss_kib, now - self._answered_at))
        self._link.flush()
        self._run = self.next_at = None
        self._prepare(run.call)

    def _prepare(self, last: Call) -> None:
        """Forks the process of the next hook, now that nothing of the bot's runs."""
        if self._code:
            kind = Kind(frames.OP_HOOK, last.memory, last.cpu_s, last.connections > 0)
            self._spare = self._fork(kind, spare=True)
            if self._in_a_pause is not None:
                self._at(time.monotonic() + _PAUSE_S, self._in_a_pause)

    def _drop_spare(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.discard()

    def _fork(self, kind: Kind, spare: bool) -> Worker:
        return self._processes.fork(kind, self._code, spare)

    def _at(self, time_s: float, then: Callable[[], None]) -> None:
        self.next_at, self._then = time_s, then
