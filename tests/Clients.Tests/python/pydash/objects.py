"""Access to nested dictionaries, lists and objects by a path such as ``jobs.train.inputs[0]`` or by a list of names."""

import re

_PART = re.compile(r"[^.\[\]]+")


def _parts(path):
    if isinstance(path, str):
        return [int(part) if part.isdigit() else part for part in _PART.findall(path)]
    return list(path) if isinstance(path, (list, tuple)) else [path]


def _step(value, part):
    if isinstance(value, dict):
        if part in value:
            return value[part]
        return value[str(part)]
    if isinstance(value, (list, tuple)) and isinstance(part, int):
        return value[part]
    return getattr(value, str(part))


def get(value, path, default=None):
    """The value at a path, or the default where the path does not lead anywhere."""
    for part in _parts(path):
        try:
            value = _step(value, part)
        except (KeyError, IndexError, AttributeError, TypeError):
            return default
    return default if value is None else value


def set_(value, path, new):
    """Sets the value at a path, making dictionaries on the way where there is nothing."""
    parts = _parts(path)
    here = value
    for part in parts[:-1]:
        try:
            here = _step(here, part)
        except (KeyError, IndexError, AttributeError):
            here[part] = {}
            here = here[part]
    here[parts[-1]] = new
    return value


def omit(value, *names):
    """A copy of a dictionary without some of its names; names may be given one by one, in lists, or as paths into it."""
    left_out = set()
    for name in names:
        left_out.update(name if isinstance(name, (list, tuple, set)) else [name])
    copy = {}
    for name, content in value.items():
        if name in left_out:
            continue
        inner = [path[len(name) + 1:] for path in left_out if isinstance(path, str) and path.startswith(f"{name}.")]
        copy[name] = omit(content, *inner) if inner and isinstance(content, dict) else content
    return copy
