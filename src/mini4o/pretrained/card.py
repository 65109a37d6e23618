"""The model card that every saved model carries."""

from huggingface_hub import ModelCardData

from mini4o.model.four_bits import numbers
from mini4o.model.spec import BackboneSpec, ModelSpec, PartSpec
from mini4o.pretrained.hub import is_id
from mini4o.pretrained.model import Model
from mini4o.pretrained.references import of_folder

ABOUT = """# A mini4o model

One conversation of text and pictures in, one out.

```python
from mini4o import Mini4o

model = Mini4o.from_pretrained("this/folder")
```"""
TAGS = ["mini4o", "multimodal", "text-to-image", "image-to-image", "image-text-to-text"]
OWN = "Apache-2.0"  # of what is trained here


def card(model: Model, recipe: str, about: str = "") -> str:
    """A README in the format of the Hub: what the model is, what it is made of, what made it.

    Args:
        recipe: the resolved recipe that made it, as YAML; empty if none did.
        about: what stands before its sizes and parts, in Markdown; `ABOUT` if empty.
    """
    groups = {name: sum(map(numbers, group.values())) for name, group in model.net.groups().items()}
    rows = "\n".join(f"| {name} | {count:,} |" for name, count in groups.items() if count)
    sizes = ", ".join(f"{width}x{height}" for width, height in model.spec.sizes)
    terms = "\n".join(f"| {part} | {licence} |" for part, licence in model.licences.items())
    made = f"\n## The recipe that made it\n\n```yaml\n{recipe.strip()}\n```\n" if recipe else ""
    return f"""---
{_head(model.spec)}
---
{about.strip() or ABOUT}

## What it is made of

It draws at {sizes} pixels.

| part | parameters |
|---|---|
{rows}
| all | {sum(groups.values()):,} |

## Licences

| part | licence |
|---|---|
{terms}
| all else | {OWN} |
{made}"""


def _head(spec: ModelSpec) -> str:
    """The card's metadata as YAML: a model with parts of others is under their licences too."""
    parts: list[BackboneSpec | PartSpec] = [part for part in (spec.backbone, spec.dit, spec.codec) if part.pretrained]
    names = dict.fromkeys(str(part.pretrained) for part in parts if not of_folder(part))
    bases = [name for name in names if is_id(name)]
    data = ModelCardData(
        library_name="mini4o",
        pipeline_tag="any-to-any",
        tags=TAGS,
        base_model=bases or None,
        license="other" if parts else OWN.lower(),
        license_name="those-of-its-parts" if parts else None,
    )
    return str(data.to_yaml())
