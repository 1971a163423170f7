"""One file over https, resumed where an earlier try broke off. Used by set-up only: nothing fetches at run time."""

import hashlib
import os
import shutil
import urllib.error
import urllib.request
from pathlib import Path
from typing import BinaryIO

from agent.setup.errors import CannotSetUp

_SILENCE_S = 60


def download(url: str, directory: Path) -> BinaryIO:
    """Fetch `url` into a partial file of `directory` (resuming it), and open the whole file for reading.

    The file is unlinked once opened, so nothing unverified stays under a final name. CannotSetUp without network.
    """
    directory.mkdir(parents=True, exist_ok=True)
    partial = directory / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.part"
    have = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=_SILENCE_S) as response:
            resumed = response.status == 206
            with partial.open("ab" if resumed else "wb") as sink:
                shutil.copyfileobj(response, sink, 1 << 20)
    except urllib.error.HTTPError as error:
        # 416: the partial file is already whole (RFC 9110, 15.5.17).
        if error.code != 416:
            raise CannotSetUp(
                f"{url} answered {error.code} {error.reason}", "check the address in the manifest"
            ) from error
    except OSError as error:
        raise CannotSetUp(f"cannot download {url}: {error}", "check the network, then run it again") from error
    whole = partial.open("rb")
    os.unlink(partial)
    return whole
