"""The shape of a model: plain typed values, the part of a checkpoint that says how to build the net."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Annotated[int, Field(ge=1)]
Size = tuple[Positive, Positive]
Adapted = Literal["language", "dit"]  # freeze groups that adapters stand on

CONNECTORS: dict[str, dict[str, Any]] = {"shallow": {"layers": 6}, "metaquery": {"layers": 24}}


class Spec(BaseModel):
    """Base of all configuration: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BackboneSpec(Spec):
    """The multimodal language model: a checkpoint of `transformers`, or one from random weights.

    family: which kind it is; by default what the checkpoint says, or Qwen2.5-VL from random weights.
    config: from random weights, the family's own configuration in the words of `transformers`.
    pretrained: a folder, or the id of a repository of the Hub.
    revision: of the repository, best a commit; when it is loaded, its commit is kept here.
    dtype: of a pretrained backbone's weights. auto: bfloat16 on a GPU if no stage trains any of it, else float32; when
        it is loaded, what was chosen is kept here. From random weights it is float32.
    quantise: keep the matrices of the language model's layers in 4 bits, frozen; see `model/adapters.py`.
    attention: the implementation in `transformers`; of them these two take the masks of drawings.
    tokenizer_words: of the byte-level BPE made for a model from random weights.
    read_pixels: least and most pixels a picture is read at, in families that read pictures at their own size; by
        default as the checkpoint says, or 3136 and 1003520.
    """

    family: Literal["qwen2_5_vl", "qwen3_vl", "smolvlm", "internvl"] | None = None
    config: dict[str, Any] | None = None
    pretrained: str | None = None
    revision: str | None = None
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    quantise: Literal["nf4"] | None = None
    attention: Literal["sdpa", "eager"] = "sdpa"
    tokenizer_words: Annotated[int, Field(ge=300)] = 1024
    read_pixels: tuple[Positive, Positive] | None = None

    @model_validator(mode="before")
    @classmethod
    def _random_weights_are_a_qwen2_5_vl(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("config") is not None and values.get("family") is None:
            return {**values, "family": "qwen2_5_vl"}
        return values

    @model_validator(mode="after")
    def _one_of_them(self) -> "BackboneSpec":
        if (self.config is None) == (self.pretrained is None):
            raise ValueError("a backbone is either `pretrained` or of random weights by its `config`")
        if self.config is not None and self.family != "qwen2_5_vl":
            raise ValueError(f"a backbone from random weights is a qwen2_5_vl; for a {self.family} give `pretrained`")
        if self.config is not None and self.dtype not in ("auto", "float32"):
            raise ValueError("a backbone from random weights is float32; leave out `dtype`")
        return self

    def in_words(self) -> str:
        """What it is, the type of its weights and its attention, for people."""
        what = "from random weights" if self.pretrained is None else self.pretrained
        at = f" at {self.revision}" if self.revision else ""
        dtype = "float32" if self.config is not None else self.dtype
        layers = f" with layers in {self.quantise}" if self.quantise else ""
        return f"{what}{at} ({self.family}), {dtype}{layers}, {self.attention} attention"


class ConnectorSpec(Spec):
    """An encoder over the query states, and a projection to the DiT's conditioning width.

    A preset in place of numbers: `shallow` has 6 layers and is the default; `metaquery` has 24, as MetaQuery's (arXiv
    2504.06256). `connector: metaquery`, or `connector: {preset: metaquery, causal: true}`.

    width: of the encoder; the backbone's if it is not given. heads: one for every 64 of the width.
    order: `project-encode` projects first, so that the encoder runs at the DiT's width.
    standardise: bring states to mean 0 and variance 1 over prompts, before the encoder and after the projection. From
        scratch the states of different prompts hardly differ, and a DiT that starts on them learns to ignore prompts.
    norm_scale: what the weight of the last RMSNorm starts at; the size of the states the DiT was trained with.
    """

    layers: Annotated[int, Field(ge=0)] = 6
    width: Positive | None = None
    heads: Positive | None = None
    order: Literal["encode-project", "project-encode"] = "encode-project"
    causal: bool = False
    standardise: bool = True
    norm_scale: float = 1.0

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, values: Any) -> Any:
        if isinstance(values, str):
            values = {"preset": values}
        if not isinstance(values, dict) or "preset" not in values:
            return values
        preset = values["preset"]
        if preset not in CONNECTORS:
            raise ValueError(f"there is no preset {preset!r} of the connector; take one of {', '.join(CONNECTORS)}")
        return {**CONNECTORS[preset], **{key: value for key, value in values.items() if key != "preset"}}


class PartSpec(Spec):
    """A part that is a class of `diffusers`: from random weights, or as someone else trained it.

    config: in the words of the class. Of a pretrained part it comes from the checkpoint and is not to be given.
    pretrained: a folder or the id of a model on the Hub, in the layout of a pipeline of `diffusers`; or the folder of
        the part itself. revision: the branch, tag or commit on the Hub.
    dtype: of the weights. What is trained has to be float32.
    kind: which class it is; of a pretrained part what the checkpoint says.
    """

    from_scratch: ClassVar[str]  # the kind without other word

    kind: str | None = None
    config: dict[str, Any] = {}
    pretrained: str | None = None
    revision: str | None = None
    dtype: Literal["float32", "bfloat16"] = "float32"

    @model_validator(mode="before")
    @classmethod
    def _kind_from_scratch(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("kind") is None and values.get("pretrained") is None:
            return {**values, "kind": cls.from_scratch}
        return values


class DitSpec(PartSpec):
    """The diffusion transformer. Of a `config` that is given, the channels, the conditioning width and the base grid
    follow from the codec, the connector and the sizes, and are not to be given.

    width: of the conditioning it takes; of a pretrained DiT it is known.
    quantise: keep the matrices of its blocks in 4 bits, frozen; see `model/adapters.py`.
    checkpointing: compute activations again in the backward pass instead of keeping them.
    """

    from_scratch = "sana"

    kind: Literal["sana", "sd3"] | None = None
    width: Positive | None = None
    quantise: Literal["nf4"] | None = None
    checkpointing: bool = False

    @model_validator(mode="after")
    def _whole(self) -> "DitSpec":
        if self.pretrained is None and not (self.config and self.width):
            raise ValueError("give `config` and `width`, or `pretrained`")
        return self


class CodecSpec(PartSpec):
    """Pixels to latents. `pixels`: lossless space-to-depth by `factor`; `dc`, `kl`: the autoencoders `AutoencoderDC`
    and `AutoencoderKL`, which are never trained."""

    from_scratch = "pixels"

    kind: Literal["pixels", "dc", "kl"] | None = None
    factor: Positive | None = None  # of `pixels`; those of the autoencoders follow from their configuration

    @model_validator(mode="after")
    def _whole(self) -> "CodecSpec":
        if self.kind == "pixels" and self.factor is None:
            raise ValueError("give `factor`, pixels a side of one latent, or `pretrained`")
        if self.factor is not None and self.kind != "pixels":
            raise ValueError("`factor` belongs to `pixels`; that of an autoencoder follows from its configuration")
        return self


class AdapterSpec(Spec):
    """A low-rank update (LoRA, arXiv 2106.09685) beside each linear layer in the blocks of a freeze group.

    rank: of the update. alpha: what it is multiplied by, over the rank. dropout: of its input, in training.
    """

    rank: Positive = 16
    alpha: Annotated[float, Field(gt=0)] = 32
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0


class FlowSpec(Spec):
    """What the DiT predicts and how training and sampling spread over time; see `model/flow.py`.

    shift: how far times move towards noise, in training and in sampling. The more pixels show the same thing, the
        more noise it takes to hide it, and the larger the shift has to be.
    scheduler: of a pretrained DiT, which goes on as it was trained: the configuration of its scheduler in the words of
        `diffusers`, with the class as `_class_name`. It says the shift too; see `model/schedule.py`.
    """

    prediction: Literal["x", "v", "eps"] = "x"
    shift: Annotated[float, Field(gt=0)] = 1.0
    smallest_t: Annotated[float, Field(gt=0, lt=1)] = 0.05
    scheduler: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _schedulers_step_by_velocities(self) -> "FlowSpec":
        if self.scheduler is not None and (self.prediction != "v" or self.shift != 1):
            raise ValueError("with a `scheduler`, `prediction` is v and the shift is the scheduler's own")
        return self


class ModelSpec(Spec):
    """A whole model."""

    backbone: BackboneSpec
    queries: Positive
    query_std: float = 0.02  # of the queries at the start
    connector: ConnectorSpec = ConnectorSpec()
    dit: DitSpec
    codec: CodecSpec
    flow: FlowSpec = FlowSpec()
    sizes: Annotated[list[Size], Field(min_length=1)]
    sources: Annotated[int, Field(ge=0)] = 2  # slots for source pictures
    coordinates: Literal["relative", "absolute"] = "absolute"

    @model_validator(mode="after")
    def _sizes_fit_the_codec(self) -> "ModelSpec":
        factor = self.codec.factor or 1  # of autoencoders and of the DiT's patches: see `build.check_fit`
        for width, height in self.sizes:
            if width % factor or height % factor:
                raise ValueError(f"size {width}x{height} is no multiple of the codec's factor {factor}")
        return self


class StartSpec(Spec):
    """A finished model to train on from; `start: NAME` for short.

    pretrained: a model folder, the id of a repository on the Hub, or the name of a model of the package.
    revision: branch, tag or commit on the Hub; its commit is kept here.
    """

    pretrained: str
    revision: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, values: Any) -> Any:
        return {"pretrained": values} if isinstance(values, str) else values


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
