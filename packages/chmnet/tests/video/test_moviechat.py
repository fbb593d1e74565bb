import av
import numpy as np
import pytest
import torch

from amcore.data import DataError
from chmnet.video.moviechat import load_moviechat, moviechat_videos


def _write(path, levels):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for level in levels:
            image = np.full((32, 32, 3), level, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "videos").mkdir()
    (tmp_path / "annotations").mkdir()
    for number, levels in ((10, (255, 0, 0)), (2, (0, 128, 255)), (1, (0, 0, 255, 255, 0))):
        _write(tmp_path / "videos" / f"{number}.mp4", levels)
    return tmp_path


def test_videos_come_in_the_order_of_their_numbers(folder):
    assert [file.stem for file in moviechat_videos(folder)] == ["1", "2", "10"]
    assert moviechat_videos(folder / "videos") == moviechat_videos(folder)


def test_other_files_are_left_out_and_other_names_come_last(folder):
    (folder / "videos" / "a.mp4").touch()
    (folder / "videos" / "notes.txt").touch()
    assert [file.stem for file in moviechat_videos(folder)] == ["1", "2", "10", "a"]


def test_numbers_count_anywhere_in_a_name_and_company_is_no_video(folder):
    videos = folder / "videos"
    for name in (
        "AWA-10.MKV",
        "AWA-2.mov",
        "AWA-2.jpg",
        "AWA-2.srt",
        "._AWA-2.mov",
        ".AWA-3.mp4",
        "cover.png",
    ):
        (videos / name).touch()
    (videos / "AWA-4.mp4").mkdir()
    assert [file.name for file in moviechat_videos(folder)][3:] == ["AWA-2.mov", "AWA-10.MKV"]


def test_a_cut_video_is_an_error_or_a_warning(tmp_path):
    path = tmp_path / "1.mkv"
    _write(path, np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    with pytest.raises(DataError, match=r"cut or corrupt: \d+ .*frames could be read"):
        list(load_moviechat(tmp_path, 3, size=8))
    with pytest.warns(UserWarning, match="frames could be read"):
        ((name, frames),) = load_moviechat(tmp_path, 3, size=8, accept_damage=True)
    assert name == "1"
    assert frames.shape == (3, 8 * 8 * 3)


def test_each_video_is_a_memory_of_evenly_spaced_frames(folder):
    loaded = dict(load_moviechat(folder, 3, size=8))
    assert list(loaded) == ["1", "2", "10"]
    for frames in loaded.values():
        assert frames.shape == (3, 8 * 8 * 3)
        assert frames.dtype == torch.float32
        assert frames.abs().max() <= 1
    torch.testing.assert_close(loaded["2"].mean(1), torch.tensor([-1.0, 0.0, 1.0]), atol=0.05, rtol=0)
    torch.testing.assert_close(loaded["1"].mean(1), torch.tensor([-1.0, 1.0, -1.0]), atol=0.05, rtol=0)


def test_the_first_videos_can_be_taken_alone(folder):
    assert [name for name, _ in load_moviechat(folder, 2, videos=2, size=8)] == ["1", "2"]


def test_a_folder_without_videos_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no video"):
        moviechat_videos(tmp_path)
    with pytest.raises(DataError, match="is no folder; give the folder of MovieChat-1K"):
        load_moviechat(tmp_path / "nowhere", 3)


def test_broken_counts_are_refused_before_a_video_is_opened(folder):
    with pytest.raises(ValueError, match="frames must be at least 1, but is 0"):
        load_moviechat(folder, 0)
    with pytest.raises(ValueError, match="videos must be at least 1, but is 0"):
        load_moviechat(folder, 3, videos=0)


def test_a_video_with_fewer_frames_is_refused(folder):
    with pytest.raises(ValueError, match="4"):
        list(load_moviechat(folder, 4, size=8))
