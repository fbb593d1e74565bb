import json

import pytest

from amcore.data.errors import DataError
from amcore.data.sets.coco import KARPATHY, load_coco

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


def changed(folder, change, encoding="utf-8"):
    content = json.loads((folder / KARPATHY).read_text())
    change(content["images"])
    (folder / KARPATHY).write_bytes(json.dumps(content, ensure_ascii=False).encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("write", [int, str, float])
def test_identifiers_and_encodings_of_other_programs_are_read(folder, encoding, write):
    def change(images):
        for image in images:
            image["cocoid"] = write(image["cocoid"])
        images[0]["sentences"][0]["raw"] = "Où?"

    changed(folder, change, encoding)
    loaded = load_coco(folder)
    assert loaded.pictures["cocoid"].tolist() == [9, 42, 73, 74]
    assert loaded.captions["caption"][0] == "Où?"


WRONG = {
    "null caption": (lambda one: one[0]["sentences"][0].update(raw=None), "raw must be text, but is None"),
    "no words": (lambda one: one[0]["sentences"][0].update(raw=" "), "a caption has no words"),
    "bare caption": (
        lambda one: one[0].update(sentences=["a dog"]),
        "one of sentences must be .* but is 'a dog'",
    ),
    "no captions": (lambda one: one[1].update(sentences=[]), "image 42 has no captions"),
    "null captions": (lambda one: one[1].update(sentences=None), "sentences must be a list, but is None"),
    "null identifier": (lambda one: one[1].update(cocoid=None), "cocoid must be .* but is None"),
    "fraction": (lambda one: one[1].update(cocoid=4.2), "cocoid must be .* but is 4.2"),
    "null name": (lambda one: one[1].update(filename=None), "filename must be .* but is None"),
    "number for a name": (lambda one: one[1].update(filepath=2014), "filepath must be .* but is 2014"),
    "unknown split": (lambda one: one[1].update(split="dev"), "split must be .* but is 'dev'"),
    "list for a split": (lambda one: one[1].update(split=["val"]), "split must be .* but is a list of 1"),
    "two splits": (
        lambda one: one.append(one[0] | {"split": "test"}),
        "image 9 comes twice, in train and in test",
    ),
    "same file": (lambda one: one.append(one[0] | {"cocoid": 10}), "000000000009.jpg comes twice"),
    "null record": (lambda one: one.append(None), "one of images must be .* but is None"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_annotation_is_one_error(folder, change, message):
    changed(folder, change)
    with pytest.raises(DataError, match=rf"is not Karpathy's file of COCO \(.*{message}"):
        load_coco(folder)


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b"])
def test_a_name_that_no_disk_takes_is_missing(folder, name):
    changed(folder, lambda images: images[2].update(filename=name))
    with pytest.raises(DataError, match="1 of 4 files are missing"):
        load_coco(folder)


def test_nesting_without_end_is_one_error(folder):
    (folder / KARPATHY).write_text("[" * 100_000)
    with pytest.raises(DataError, match="is no JSON"):
        load_coco(folder)
