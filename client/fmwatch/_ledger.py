"""A client's account where it outlives the process, and the lock that says that the client lives."""

from __future__ import annotations

import json
import mmap
import os
from array import array
from contextlib import suppress
from typing import Any, Dict, Optional

from fmwatch._account import PLACES, Account

SUFFIX = ".account"
_VERSION = 1
_BYTES = 4096
_TEXT = 2048  # from here on: who it is; before it: the numbers
_SHARED = "/dev/shm"  # noqa: S108 - memory that outlives a process, and never fills up under a mapping
_SHARED_NAME = "fmwatch-{}"


class Ledger:
    """One file, locked while its client lives; whoever gets the lock looks after what a dead one left.

    The numbers change with each event. They lie in shared memory where the system has it, so that they are
    exact even if the process is killed; the file itself is written when something is sent or spooled, because
    an application must wait for no disk, and a mapping of a file whose disk fails would end it.

    Parameters
    ----------
    path : of the file
    descriptor : of the file, open and locked; closed by `leave`
    """

    def __init__(self, path: str, descriptor: int, account: Account) -> None:
        self.path = path
        self.account = account
        self._descriptor = descriptor
        self._shared = os.path.join(_SHARED, _SHARED_NAME.format(account.client))

    @classmethod
    def opened(cls, folder: str, account: Account, to: str = "") -> Ledger:
        """Return the ledger of a client that begins, with what it has counted so far.

        Parameters
        ----------
        to : stands for where its events go and as whom

        Raises
        ------
        OSError : the folder takes no file, or no lock
        """
        path = os.path.join(folder, account.client + SUFFIX)
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if _locked(descriptor, path):
                    break
            except OSError:
                os.close(descriptor)
                with suppress(OSError):
                    os.unlink(path)
                raise
            os.close(descriptor)  # another process took it for a dead one's, found nothing and removed it
        ledger = cls(path, descriptor, account)
        try:
            who = json.dumps({"version": _VERSION, "to": to, "labels": account.labels}).encode()
            if len(who) > _TEXT:
                who = json.dumps({"version": _VERSION, "to": to}).encode()
            # All of it at once, so that later a full disk cannot refuse what only replaces it.
            os.pwrite(descriptor, bytes(_TEXT) + who.ljust(_TEXT), 0)
        except OSError:
            ledger.remove()
            raise
        ledger._share()
        return ledger

    @classmethod
    def adopted(cls, path: str, to: str = "") -> Optional[Ledger]:
        """Return the ledger of a client that is dead; None where it lives, or is of another version.

        Parameters
        ----------
        to : None as well where its events go elsewhere, or as somebody else

        Raises
        ------
        OSError : it cannot be read
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            locked = _locked(descriptor, path)
        except OSError:
            os.close(descriptor)
            raise
        if not locked:
            os.close(descriptor)
            return None
        client = os.path.basename(path)[: -len(SUFFIX)]
        ledger = cls(path, descriptor, Account(client))
        try:
            return ledger if ledger._load(to) else None
        except OSError:
            ledger.forget()
            raise

    def _load(self, to: str) -> bool:
        """Read who it is and what it has counted; False, and let go of, where that is not for us."""
        kept = os.pread(self._descriptor, _BYTES, 0).ljust(_BYTES, b"\0")
        who = _who(kept[_TEXT:])
        # Who died before it wrote where its events go has left none.
        if who.get("version") != _VERSION or who.get("to", to) != to:
            self.forget()
            return False
        self.account.labels = who.get("labels") or {}
        self.account.places = array("Q", kept[: 8 * PLACES])
        self._share()
        return True

    def write(self) -> None:
        """Bring the file up to date; what cannot be written will be with the next."""
        with suppress(OSError):
            os.pwrite(self._descriptor, bytes(memoryview(self.account.places)), 0)

    def leave(self) -> None:
        """Let somebody else look after it; numbers counted from now on are this process's own."""
        self.write()
        with self.account.lock:
            self.account.places = array("Q", self.account.places)
        self._unshare()
        self._close()

    def remove(self) -> None:
        """End it: nothing is left to look after."""
        with self.account.lock:
            self.account.places = array("Q", self.account.places)
        with suppress(OSError):
            os.unlink(self.path)
        self._unshare()
        self._close()

    def forget(self) -> None:
        """Let go of it as it is: it is another's. In a child process the parent goes on holding the lock."""
        self._close()

    def _share(self) -> None:
        """Let the numbers lie in memory that outlives the process, where there is such memory.

        What a dead client has left there goes before what its file says: it is newer.
        """
        with suppress(OSError, ValueError), self.account.lock:
            descriptor = os.open(self._shared, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if os.fstat(descriptor).st_size < _BYTES:
                    os.pwrite(descriptor, bytes(memoryview(self.account.places)).ljust(_BYTES, b"\0"), 0)
                if os.fstat(descriptor).st_size >= _BYTES:  # else there was no room
                    self.account.places = memoryview(mmap.mmap(descriptor, _BYTES)).cast("Q")[:PLACES]
            finally:
                os.close(descriptor)

    def _unshare(self) -> None:
        with suppress(OSError):
            os.unlink(self._shared)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)


def _locked(descriptor: int, path: str) -> bool:
    """Lock the file; False if somebody has, or it is not the one of that name any more.

    Raises
    ------
    OSError : there are no locks here, as on some network file systems
    """
    import fcntl  # noqa: PLC0415 - not everywhere; the client says so when it is made

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except (BlockingIOError, FileNotFoundError):
        return False


def _who(text: bytes) -> Dict[str, Any]:
    """Return who it is; nothing but the version where the process died before it wrote that."""
    text = text.rstrip(b"\0 ")
    if not text:
        return {"version": _VERSION}
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
