"""Rendering of SVG text by resvg; run as a script, in a process of its own with limits.

Imports nothing of amcore, so that the process starts quickly.
"""

import sys
from types import ModuleType

_DOTS_PER_INCH = 96
_HEIGHT_IN_PNG = slice(20, 24)
_STACK = 256 << 20


def render_png(resvg: ModuleType, text: str, side: int, tall: bool) -> bytes:
    """A PNG file of an SVG document as large as fits into a square.

    Args:
        resvg: the module `resvg_py`.
        text: of the document.
        side: of the square in pixels.
        tall: whether it is known to be much higher than wide; else its height is tried.

    Raises:
        ValueError: it cannot be rendered.
    """
    # Without a resolution resvg takes lengths in points and centimetres for zero.
    settings = {"svg_string": text, "skip_system_fonts": True, "dpi": _DOTS_PER_INCH}
    try:
        if not tall:
            wide = bytes(resvg.svg_to_bytes(width=side, **settings))
            if int.from_bytes(wide[_HEIGHT_IN_PNG], "big") <= side:
                return wide
        return bytes(resvg.svg_to_bytes(height=side, **settings))
    except (KeyboardInterrupt, SystemExit, ValueError):
        raise
    # What panics in Rust is no Exception.
    except BaseException as error:
        raise ValueError(f"resvg cannot render it ({error})") from error


def _main(where: str, side: str, tall: str, seconds: str, memory: str) -> None:
    import resource
    import threading

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    sys.path.append(where)
    import resvg_py

    text = sys.stdin.buffer.read().decode("utf-8")

    def work() -> None:
        try:
            sys.stdout.buffer.write(b"+" + render_png(resvg_py, text, int(side), tall == "True"))
        except ValueError as error:
            sys.stdout.buffer.write(b"-" + str(error).encode("utf-8", "replace"))
        sys.stdout.buffer.flush()

    # Groups in one another are drawn by recursion.
    threading.stack_size(_STACK)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


if __name__ == "__main__":
    _main(*sys.argv[1:])
