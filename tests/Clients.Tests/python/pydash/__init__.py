"""The four functions of pydash that azure-ai-ml uses, for distributions (Debian's python3-azure) that package the one without the other.

A real pydash, where there is one, is to be preferred: this folder is put on PYTHONPATH only where the import of pydash fails.
"""

from . import objects
from .objects import get, omit, set_

__all__ = ["get", "objects", "omit", "set_"]
