"""A PostgreSQL of our own in a temporary folder: the only one that is ever killed or filled up."""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks import harness

# Below the ports that the kernel gives to those who connect: thousands of them come and go in a run,
# and one that holds the cluster's port for a moment would keep it from starting again.
PORTS = range(20_000, 30_000)
STARTS_WITHIN = 120  # seconds; after a kill it first reads its log


class Cluster:
    """Without Unix sockets, whose lock files would outlive a kill."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.port = folder, folder / "data", _free_port()
        self.bin = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
        # A log in small pieces: on a full disk it soon wants another, and cannot have it.
        self._run(
            "initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "--wal-segsize=1"
        )
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        # Little log kept, so that a small disk holds it.
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' "
            f"-c min_wal_size=2MB -c max_wal_size=16MB"
        )
        self._run("pg_ctl", "-D", str(self.data), "-w", "-t", str(STARTS_WITHIN),
                  "-l", str(self.folder / "log"), "-o", options, "start")  # fmt: skip

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", "immediate", "stop")

    def kill(self) -> None:
        """SIGKILL for the postmaster and all it started."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)  # it must not start another one meanwhile
        pids = harness.processes_of(postmaster)
        kill(pids)
        while any(map(lives, pids)):
            time.sleep(0.01)
        # A killed process nobody has collected yet still counts as running for pg_ctl.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def runs(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def _run(self, program: str, *words: str) -> None:
        who = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        command = [*who, str(self.bin / program), *words]
        done = subprocess.run(  # noqa: S603 - our own command
            command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        if done.returncode:
            log = self.folder / "log"
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise RuntimeError(f"{program} failed: {done.stderr.decode()}\n{tail}")


def kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _free_port() -> int:
    for port in random.sample(PORTS, 100):
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


@contextmanager
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="xiangxu-faults-"))
    mine = Cluster(folder)
    try:
        yield mine
    finally:
        with suppress(RuntimeError):  # it may stand killed: nothing to stop
            mine.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of so many megabytes where all temporary folders are made meanwhile.

    Needs root; raises PermissionError otherwise.
    """
    folder = Path(tempfile.mkdtemp(prefix="xiangxu-small-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=1777", "tmpfs", str(folder)]
    before = tempfile.tempdir
    if subprocess.run(command, stderr=subprocess.DEVNULL).returncode:  # noqa: S603 - our own command
        folder.rmdir()
        raise PermissionError("a small file system can be mounted by root only")
    folder.chmod(0o777)
    try:
        tempfile.tempdir = str(folder)
        yield folder
    finally:
        tempfile.tempdir = before
        subprocess.run(["umount", "-l", str(folder)], check=False)  # noqa: S603, S607 - our own
        folder.rmdir()


def fill(folder: Path) -> Path:
    """A file that takes all that is left on a file system."""
    path = folder / "ballast"
    with path.open("wb", buffering=0) as ballast, suppress(OSError):
        size = 1 << 20
        while size:
            try:
                ballast.write(b"\0" * size)
            except OSError:
                size //= 16  # the last bytes too
    return path
