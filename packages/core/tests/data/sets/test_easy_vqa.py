import io
import json

import numpy as np
import pytest

from amcore.data.errors import DataError
from amcore.data.preparing import outputs, prepare
from amcore.data.sets import easy_vqa
from amcore.data.sets.easy_vqa import load_easy_vqa
from amcore.data.transport import clients

Image = pytest.importorskip("PIL.Image")

COUNTS = {"train": 11, "test": 2}


def png(level):
    content = io.BytesIO()
    Image.new("RGB", (4, 4), (level, level, level)).save(content, "png")
    return content.getvalue()


@pytest.fixture
def package(pack, declare, monkeypatch):
    def install(missing=None):
        files = {}
        for split, count in COUNTS.items():
            asked = [[f"what is {image}?", str(image), image] for image in range(count)]
            files[f"easy_vqa/data/{split}/questions.json"] = json.dumps(asked).encode()
            for image in range(count):
                files[f"easy_vqa/data/{split}/images/{image}.png"] = png(10 * image)
        files.pop(missing, None)
        archive = pack("whl", files)
        members = easy_vqa.SOURCE.members
        monkeypatch.setattr(easy_vqa, "SOURCE", declare(archive, "pypi", members=members))

        def download(source, space):
            (space / "arrived").write_bytes(archive)
            return space / "arrived"

        monkeypatch.setattr(clients, "download", download)

    return install


def test_questions_point_to_their_pictures(package, tmp_path):
    package()
    paths = prepare("easy_vqa", tmp_path, side=4)
    assert [str(path.relative_to(tmp_path)) for path in paths] == outputs("easy_vqa")
    loaded = load_easy_vqa(tmp_path)
    assert {split: len(images) for split, images in loaded.images.items()} == COUNTS
    assert isinstance(loaded.images["train"], np.memmap)
    assert loaded.questions["split"].value_counts().to_dict() == COUNTS
    for row in loaded.questions.itertuples():
        assert loaded.images[row.split][row.image][0, 0, 0] == 10 * int(row.answer)


def test_a_question_about_a_missing_picture_is_an_error(package, tmp_path):
    package(missing="easy_vqa/data/test/images/1.png")
    with pytest.raises(DataError, match="test asks about image 1, which is missing"):
        prepare("easy_vqa", tmp_path)


def test_no_pixels_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"side must be .* but is 0"):
        prepare("easy_vqa", tmp_path, side=0)


def test_questions_that_are_not_prepared_say_so(tmp_path):
    with pytest.raises(DataError, match="fetch easy_vqa"):
        load_easy_vqa(tmp_path)
