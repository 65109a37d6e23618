"""mini4o: unified multimodal models. A conversation of text and images in, a conversation of text and images out."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mini4o.generation.session import Event, Reply, Session, Wish
    from mini4o.mini4o import Mini4o

__version__ = "0.1.0"
__all__ = ["Event", "Mini4o", "Reply", "Session", "Wish", "__version__"]


def __getattr__(name: str) -> Any:
    # On first use: torch and transformers take seconds to import, which `mini4o --help` must not wait for.
    if name == "Mini4o":
        from mini4o.mini4o import Mini4o

        return Mini4o
    if name in __all__:
        from mini4o.generation import session

        return getattr(session, name)
    raise AttributeError(f"module 'mini4o' has no attribute '{name}'")
