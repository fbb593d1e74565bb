from importlib.metadata import version
from importlib.resources import files

import cmhn


def test_the_package_is_typed_and_installed_under_its_own_name():
    assert files(cmhn).joinpath("py.typed").is_file()
    assert version("cmhn")
