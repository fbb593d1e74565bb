import json

import pytest

from amcore.data.coco import KARPATHY, load_coco
from amcore.data.errors import DataError

IMAGES = [
    ("train2014", "COCO_train2014_000000000009.jpg", "train", 9),
    ("val2014", "COCO_val2014_000000000042.jpg", "restval", 42),
    ("val2014", "COCO_val2014_000000000073.jpg", "val", 73),
    ("val2014", "COCO_val2014_000000000074.jpg", "test", 74),
]


@pytest.fixture
def folder(tmp_path):
    images = []
    for row, (place, name, split, number) in enumerate(IMAGES):
        (tmp_path / place).mkdir(exist_ok=True)
        (tmp_path / place / name).touch()
        sentences = [{"raw": f" a  dog {row}-{turn}\n"} for turn in range(1 + row)]
        images.append(
            {"filepath": place, "filename": name, "split": split, "cocoid": number, "sentences": sentences}
        )
    (tmp_path / KARPATHY).write_text(json.dumps({"images": images, "dataset": "coco"}))
    return tmp_path


def test_pictures_are_in_the_split_of_karpathy(folder):
    pictures = load_coco(folder).pictures
    assert pictures["split"].tolist() == ["train", "train", "validation", "test"]
    assert pictures["cocoid"].tolist() == [9, 42, 73, 74]
    assert pictures["path"].tolist() == [str(folder / place / name) for place, name, _, _ in IMAGES]


def test_every_caption_belongs_to_its_picture(folder):
    captions = load_coco(folder).captions
    assert captions["picture"].tolist() == [0, 1, 1, 2, 2, 2, 3, 3, 3, 3]
    assert captions["caption"].tolist()[:3] == ["a dog 0-0", "a dog 1-0", "a dog 1-1"]


def test_missing_pictures_are_counted_unless_not_wanted(folder):
    (folder / "val2014" / IMAGES[1][1]).unlink()
    with pytest.raises(DataError, match=r"1 of 4 files are missing, the first is .*000000000042"):
        load_coco(folder)
    assert len(load_coco(folder, check=False).pictures) == 4


@pytest.mark.parametrize("content", [None, "no json", "{}", '{"images": [{"split": "dev"}]}', "[1]"])
def test_a_missing_or_foreign_file_is_one_error(tmp_path, content):
    if content is not None:
        (tmp_path / KARPATHY).write_text(content)
    with pytest.raises(DataError, match=r"COCO captions: .*dataset_coco\.json is"):
        load_coco(tmp_path)
