import dataclasses

import pytest

from amcore.data.preparing import sources
from amcore.data.transport.source import Source, Upstream

DIGEST = "0" * 64
ARCHIVE = {
    "name": "parcel",
    "version": "1.0",
    "kind": "npm",
    "licence": "MIT",
    "citation": "nobody",
    "archive": "parcel-1.0.tgz",
    "sha256": DIGEST,
    "size": 1,
    "members": ("*",),
}
FILE = Upstream("a", "http://127.0.0.1/a", DIGEST, 5)
OTHER = Upstream("b", "http://127.0.0.1/a", DIGEST, 5)


def test_a_source_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Source(**ARCHIVE).name = "other"


def test_label_is_name_and_version():
    assert Source(**ARCHIVE).label == "parcel 1.0"


def test_download_size_is_the_archive_s_or_the_sum_of_the_upstream_files():
    assert Source(**ARCHIVE, upstream=(FILE,)).download_size == 1
    plain = {"name": "p", "version": "1", "licence": "MIT", "citation": "nobody"}
    assert Source(**plain, kind="url", upstream=(FILE, OTHER)).download_size == 10
    assert Source(**plain, kind="generated").download_size == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sha256": "ABC"}, "'ABC'"),
        ({"size": 0}, "size of parcel must be .* but is 0"),
        ({"members": ()}, "must name an archive and members"),
        ({"archive": ""}, "must name an archive"),
        ({"kind": "generated"}, "has no archive, yet one is described"),
        ({"kind": "url"}, "has no archive, yet one is described"),
        ({"kind": "url", "archive": "", "sha256": "", "size": 0}, "0 upstream"),
        ({"kind": "generated", "archive": "", "sha256": "", "size": 0, "upstream": (FILE,)}, "1 upstream"),
        ({"archive": "../parcel.tgz"}, "the name of a file, but is '../parcel.tgz'"),
        ({"archive": "/parcel.tgz"}, "must be the name of a file"),
        ({"upstream": (FILE, FILE)}, "one upstream file for each member, but has two for 'a'"),
        (
            {"upstream": (OTHER, Upstream("./b", "http://127.0.0.1/b", DIGEST, 1))},
            "one upstream file for each member, but has two for 'b'",
        ),
    ],
)
def test_a_contradictory_record_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        Source(**(ARCHIVE | change))


@pytest.mark.usefixtures("without_shape_checks")
def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="'cran'"):
        Source(**(ARCHIVE | {"kind": "cran"}))


@pytest.mark.parametrize(("digest", "size"), [("", 1), (DIGEST, 0)])
def test_an_upstream_file_needs_checksum_and_size(digest, size):
    with pytest.raises(ValueError, match="upstream of a"):
        Upstream("a", "http://127.0.0.1/a", digest, size)


@pytest.mark.parametrize("member", ["", ".", "..", "../a", "a/../../b", "/etc/passwd"])
def test_an_upstream_file_stays_in_its_folder(member):
    with pytest.raises(ValueError, match="must be the path of a file within a folder"):
        Upstream(member, "http://127.0.0.1/a", DIGEST, 1)


@pytest.mark.parametrize("url", ["", "a", "file:///etc/passwd", "http://", "http://[::1/a"])
def test_an_upstream_file_has_an_address(url):
    with pytest.raises(ValueError):  # noqa: PT011 — urllib's own words for the last
        Upstream("a", url, DIGEST, 1)


def test_every_declared_source_says_its_licence_and_citation():
    assert all(source.licence and source.citation for source in sources())


def test_no_two_declared_sources_share_name_and_version():
    labels = [(source.kind, source.label) for source in sources()]
    assert len(set(labels)) == len(labels)
