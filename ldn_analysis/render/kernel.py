"""Kernels that are forked from a process which has already imported the stack.

Importing pandas, scipy and matplotlib takes longer than most notebooks take to run. Python's fork server
(`multiprocessing`) imports them once. Each worker is a fork of it, and forks its kernel as its first act,
before it has threads or sockets; the kernel then waits to be told where its connection file is. A worker dies
with the process that asked for it and a kernel with its worker: nothing is left when a render is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import uuid
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

_LONGEST = 75  # of the 108 (macOS: 104) bytes that a socket's path may have


def die_with_parent() -> None:
    """Lead a process group of one's own, and end it when the process that started this one ends."""
    os.setsid()
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def _kernel(orders: Connection, writer: Connection) -> None:
    """What a kernel's process does once it has its orders: the same as ``python -m ipykernel_launcher``."""
    # A fork inherits the other end, too: while that were open, the death of the worker would go unnoticed.
    writer.close()
    die_with_parent()
    try:
        arguments, folder, environment = orders.recv()
    except (EOFError, OSError):
        return
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    arguments = [*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"]
    sys.argv = ["ipykernel_launcher", *arguments]
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(argv=arguments)


class Spare(ForkProcess):
    """A forked process that waits to become a kernel; afterwards it is used like a `subprocess.Popen`.

    Make it before anything else in the process that will own the kernel.
    """

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        theirs, self._orders = multiprocessing.Pipe(duplex=False)
        super().__init__(target=_kernel, args=(theirs, self._orders))
        self.start()
        theirs.close()

    def become(self, arguments: list[str], folder: str, environment: dict[str, str]) -> None:
        """Start the kernel."""
        self._orders.send((arguments, folder, environment))
        self._orders.close()

    def poll(self) -> int | None:
        return self.exitcode

    def wait(self) -> int | None:
        self.join()
        return self.exitcode

    def send_signal(self, number: int) -> None:
        if self.pid and self.is_alive():
            os.kill(self.pid, number)


class _Provisioner(LocalProvisioner):
    """Gives the spare process its orders instead of starting an interpreter."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        spare: Spare = self.parent.spare
        spare.become(cmd[cmd.index("-f") :], kwargs.get("cwd") or str(Path.cwd()), dict(kwargs["env"]))
        self.process, self.pid, self.pgid = spare, spare.pid, None
        return dict(self.connection_info)


class _Manager(AsyncKernelManager):
    """jupyter_client's kernel manager, with `_Provisioner` in place of the one that it would look up.

    Worker and kernel talk through sockets in the scratch folder, where nobody else can listen, unless its
    path is longer than such a socket's may be.
    """

    spare: Spare
    kernel_id: Any
    provisioner: Any

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        folder = Path(os.environ["JUPYTER_RUNTIME_DIR"])
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.connection_file = str(folder / f"{os.getpid()}.json")
        if len(str(folder).encode()) <= _LONGEST:
            self.transport = "ipc"
            self.ip = str(folder / f"{os.getpid()}-ipc")

    async def _async_interrupt_kernel(self) -> None:
        # A kernel that is about to be ended is interrupted first, and would print that it was.
        if not self.shutting_down:
            await super()._async_interrupt_kernel()

    interrupt_kernel = _async_interrupt_kernel

    async def _async_pre_start_kernel(self, **kwargs: Any) -> Any:
        self.kernel_id = self.kernel_id or str(uuid.uuid4())
        if self.provisioner is None:
            self.provisioner = _Provisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**kwargs)

    pre_start_kernel = _async_pre_start_kernel


def manager_of(spare: Spare) -> type[AsyncKernelManager]:
    """The kernel manager, as nbclient takes it, whose one kernel will be `spare`."""
    return type("SpareManager", (_Manager,), {"spare": spare})
