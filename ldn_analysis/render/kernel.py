"""Kernels that are forked from a process which has already imported the stack.

Importing pandas, scipy and matplotlib takes longer than most notebooks take to run. Python's own fork
server (`multiprocessing`) imports them once; each kernel, and each worker that drives one, is a fork of it.
A worker dies with the process that asked for it and a kernel with its worker, so nothing is left behind
when a render is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import uuid
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

_LONGEST = 75  # of the 108 (macOS: 104) bytes that a socket's path may have

__all__ = ["ForkedKernelManager", "die_with_parent"]


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


def _kernel(arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """What a kernel's process does: the same as ``python -m ipykernel_launcher``."""
    die_with_parent()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    arguments = [*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"]
    sys.argv = ["ipykernel_launcher", *arguments]
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(argv=arguments)


class _Forked:
    """A forked process with the few methods of `subprocess.Popen` that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, arguments: list[str], folder: str, environment: dict[str, str]) -> None:
        context = multiprocessing.get_context("forkserver")
        self._process = context.Process(target=_kernel, args=(arguments, folder, environment))
        self._process.start()
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.pid and self._process.is_alive():
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class _ForkProvisioner(LocalProvisioner):
    """Starts the kernel as a fork instead of as a new interpreter."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        arguments = cmd[cmd.index("-f") :]
        self.process = _Forked(arguments, kwargs.get("cwd") or str(Path.cwd()), dict(kwargs["env"]))
        self.pid = self.process.pid
        self.pgid = None  # its own group exists only once it has called setsid
        return dict(self.connection_info)


class ForkedKernelManager(AsyncKernelManager):
    """jupyter_client's kernel manager, with `_ForkProvisioner` in place of the one that it looks up.

    Worker and kernel talk through sockets in the scratch folder, where nobody else can listen, unless its
    path is longer than such a socket's may be.
    """

    kernel_id: Any
    provisioner: Any

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        folder = Path(os.environ.get("JUPYTER_RUNTIME_DIR") or tempfile.mkdtemp())
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.connection_file = str(folder / f"{os.getpid()}.json")
        if len(str(folder)) <= _LONGEST:
            self.transport = "ipc"
            self.ip = str(folder / f"{os.getpid()}-ipc")

    async def _async_pre_start_kernel(self, **kwargs: Any) -> Any:
        self.kernel_id = self.kernel_id or str(uuid.uuid4())
        if self.provisioner is None:
            self.provisioner = _ForkProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**kwargs)

    pre_start_kernel = _async_pre_start_kernel
