"""How files are read and written, whatever data set they are of: arrays, tables, sounds, pictures, films."""

from amcore.data.formats.audio import load_sound, log_mel
from amcore.data.formats.pictures import load_picture
from amcore.data.formats.video import load_video, normalise_frames

__all__ = ["load_picture", "load_sound", "load_video", "log_mel", "normalise_frames"]
