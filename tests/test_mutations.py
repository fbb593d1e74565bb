import random

import pytest
from mutations import mutated

CONTENT = bytes(range(256)) + b'{"size": 12, "name": "a"}' * 20


def copies(count, content=CONTENT, **options):
    return [mutated(content, random.Random(seed), **options) for seed in range(count)]


def test_the_same_seed_does_the_same_damage():
    assert copies(50) == copies(50)


def test_most_copies_differ_from_the_file_and_from_each_other():
    made = copies(200)
    assert sum(copy != CONTENT for copy in made) > 180
    assert len(set(made)) > 180


def test_no_copy_is_longer_than_asked():
    made = copies(300, longest=2000)
    assert max(map(len, made)) == 2000


@pytest.mark.parametrize("content", [b"", b"a", b"1"])
def test_the_shortest_files_are_damaged_too(content):
    assert copies(100, content)
    assert copies(100, content, others=[b"", b"other"])


def test_other_files_are_spliced_in():
    assert any(b"other" in copy for copy in copies(100, others=[b"some other file"]))
