"""The model card that every saved model carries."""

from mini4o.pretrained.model import Model

ABOUT = """# A mini4o model

One conversation of text and pictures in, one out.

```python
from mini4o import Mini4o

model = Mini4o.from_pretrained("this/folder")
```"""


def card(model: Model, recipe: str, about: str = "") -> str:
    """A README in the format of the Hub: what the model is, what it is made of, what made it.

    Args:
        recipe: the resolved recipe that made it, as YAML; empty if none did.
        about: what stands before its sizes and parts, in Markdown; `ABOUT` if empty.
    """
    groups = {name: sum(p.numel() for p in group.values()) for name, group in model.net.groups().items()}
    rows = "\n".join(f"| {name} | {count:,} |" for name, count in groups.items() if count)
    sizes = ", ".join(f"{width}x{height}" for width, height in model.spec.sizes)
    made = f"\n## The recipe that made it\n\n```yaml\n{recipe.strip()}\n```\n" if recipe else ""
    return f"""---
library_name: mini4o
license: apache-2.0
pipeline_tag: any-to-any
---
{about.strip() or ABOUT}

## What it is made of

It draws at {sizes} pixels.

| part | parameters |
|---|---|
{rows}
| all | {sum(groups.values()):,} |
{made}"""
