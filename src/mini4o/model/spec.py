"""The shape of a model: plain typed values, the part of a checkpoint that says how to build the net."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Annotated[int, Field(ge=1)]
Size = tuple[Positive, Positive]


class Spec(BaseModel):
    """Base of all configuration: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BackboneSpec(Spec):
    """The multimodal language model. `config` is the family's own configuration, in the words of `transformers`."""

    family: Literal["qwen2_5_vl"] = "qwen2_5_vl"
    config: dict[str, Any]
    tokenizer_words: Annotated[int, Field(ge=300)] = 1024  # of the byte-level BPE made for a model from scratch
    read_pixels: tuple[Positive, Positive] = (3136, 1003520)  # least and most pixels a picture is read at


class ConnectorSpec(Spec):
    """A bidirectional encoder over the query states, then a projection to the DiT's conditioning width.

    `standardise`: bring states to mean 0 and variance 1 over prompts, before the encoder and after the projection. From
    scratch the states of different prompts hardly differ, and a DiT that starts on them learns to ignore the prompt.
    `norm_scale`: what the weight of the last RMSNorm starts at; the size of the states the DiT was trained with.
    """

    layers: Annotated[int, Field(ge=0)] = 6
    width: Positive
    heads: Positive
    standardise: bool = True
    norm_scale: float = 1.0


class DitSpec(Spec):
    """The diffusion transformer. `config` is that of the `diffusers` class; its channels, its conditioning width and
    its base grid follow from the codec, the connector and the sizes, and are not to be given."""

    kind: Literal["sana"] = "sana"
    config: dict[str, Any]
    width: Positive  # of the conditioning it takes (`caption_channels`)


class CodecSpec(Spec):
    """Pixels to latents. `pixels`: lossless space-to-depth by `factor`."""

    kind: Literal["pixels"] = "pixels"
    factor: Positive


class FlowSpec(Spec):
    """What the DiT predicts and how training and sampling spread over time; see `model/flow.py`.

    shift: how far times move towards noise, in training and in sampling. The more pixels show the same thing, the
        more noise it takes to hide it, and the larger the shift has to be.
    """

    prediction: Literal["x", "v", "eps"] = "x"
    shift: Annotated[float, Field(gt=0)] = 1.0
    smallest_t: Annotated[float, Field(gt=0, lt=1)] = 0.05


class ModelSpec(Spec):
    """A whole model."""

    backbone: BackboneSpec
    queries: Positive
    query_std: float = 0.02  # of the queries at the start
    connector: ConnectorSpec
    dit: DitSpec
    codec: CodecSpec
    flow: FlowSpec = FlowSpec()
    sizes: Annotated[list[Size], Field(min_length=1)]
    sources: Annotated[int, Field(ge=0)] = 2  # slots for source pictures
    coordinates: Literal["relative", "absolute"] = "absolute"

    @model_validator(mode="after")
    def _sizes_fit_the_codec(self) -> "ModelSpec":
        for width, height in self.sizes:
            if width % self.codec.factor or height % self.codec.factor:
                raise ValueError(f"size {width}x{height} is no multiple of the codec's factor {self.codec.factor}")
        return self


class GenerationSpec(Spec):
    """Defaults of a model for answering and drawing; every call may say otherwise.

    writes: the control tokens the model has learnt to write by itself; others are written for it or not at all.
    """

    max_tokens: Positive = 512
    temperature: Annotated[float, Field(ge=0)] = 0.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    steps: Positive = 25
    text_scale: float = 1.5
    image_scale: float = 1.0
    guided_from: Annotated[float, Field(ge=0, le=1)] = 0.0
    guided_to: Annotated[float, Field(ge=0, le=1)] = 1.0
    renorm: Literal["none", "global", "channel"] = "none"
    writes: tuple[Literal["image", "think"], ...] = ("image",)
