"""The section of a model card on how to load and call each format."""

from collections.abc import Mapping
from typing import Any

from albert_tf import kinds
from albert_tf.exporting.card import embeddings
from albert_tf.exporting.card import facts as facts_lib
from albert_tf.exporting.card import writing

# Arguments of a pretrained model's signature "text".
_MASKED = {"texts": ["A [MASK] in the house."]}

_SAVED_MODEL = """\
**SavedModel**: text to answers; needs only tensorflow and tensorflow_text:

```python
import tensorflow as tf
import tensorflow_text  # noqa: F401  (operations of the tokenizer)

model = tf.saved_model.load("{folder}")
answer = model.signatures["text"]({arguments})
```

In a Keras model:

```python
import keras

layer = keras.layers.TFSMLayer("{folder}", call_endpoint="features")
encoded = layer(
    {{"token_ids": ids, "segment_ids": segments, "padding_mask": mask}}
)
```

Over HTTP: `albert-tf serve --port=8501 {folder}`
"""

_LITERT = """\
**LiteRT**: int32 ids to numbers; needs ai-edge-litert:

```python
from ai_edge_litert import interpreter

model = interpreter.Interpreter("{folder}/litert/{file}")
outputs = model.get_signature_runner()({inputs})
```
"""

_ONNX = """\
**ONNX**: int32 ids of any batch size and length to numbers; needs onnxruntime:

```python
import onnxruntime

model = onnxruntime.InferenceSession("{folder}/onnx/{file}")
outputs = model.run(None, {{{items}}})
```
"""

_OPENVINO = """\
**OpenVINO**: int32 ids of any batch size and length to numbers; needs openvino:

```python
import openvino

model = openvino.Core().compile_model("{folder}/openvino/{file}", "CPU"{hint})
outputs = model({{{items}}})
```
"""

_WINDOWS = """\
The forms that read ids take the windows of each text, [texts, windows, tokens];
a window without tokens in its mask is not used.
"""

# Without it OpenVINO computes in bfloat16 on processors that have it.
_FLOAT32 = ', {"INFERENCE_PRECISION_HINT": "f32"}'

_PIPELINE = """\
**transformers**:

```python
from transformers import pipeline

model = pipeline("{pipeline}", {place})
```
"""

_AUTO_MODEL = """\
**transformers**:

```python
import transformers

tokenizer = transformers.AutoTokenizer.from_pretrained({place})
model = transformers.{auto_model}.from_pretrained({place})
```
"""


def transformers(facts: facts_lib.Facts, place: str) -> str:
    """How to load a Hugging Face folder with transformers.

    Args:
        facts: the facts of the card.
        place: the arguments of from_pretrained, as Python.
    """
    kind = kinds.KINDS.get(facts.kind)
    auto_model = kind.auto_model if kind else None
    if auto_model:
        return _AUTO_MODEL.format(auto_model=auto_model, place=place)
    return _PIPELINE.format(pipeline=facts.pipeline, place=place)


def saved_model(facts: facts_lib.Facts, folder: str) -> str:
    """How to load a SavedModel of an export.

    Args:
        facts: the facts of the card.
        folder: its folder.
    """
    arguments = ", ".join(
        f"{name}=tf.constant({value!r})"
        for name, value in example(facts).items()
    )
    return _SAVED_MODEL.format(folder=folder, arguments=arguments)


def example(facts: facts_lib.Facts) -> Mapping[str, Any]:
    """Arguments of the signature "text", each for a batch of one."""
    kind = kinds.KINDS.get(facts.kind)
    return kind.example(facts.num_texts) if kind else _MASKED


def text(folder: str, facts: facts_lib.Facts) -> str:
    """Writes the section on how to call the exported formats.

    Args:
        folder: name of the export's folder.
        facts: the facts of the card.
    """
    files, names = facts.files, facts.input_names
    parts = []
    if facts.embedding and "savedmodel" in files:
        parts.append(embeddings.use(folder, facts.embedding_size))
    if facts.decoding and "savedmodel" in files:
        parts.append(writing.use(folder))
    if "savedmodel" in files:
        parts.append(saved_model(facts, folder))
    if "litert" in files:
        parts.append(
            _LITERT.format(
                folder=folder,
                file=files["litert"][0],
                inputs=", ".join(f"{name}={name}" for name in names),
            )
        )
    if "onnx" in files:
        parts.append(
            _ONNX.format(
                folder=folder,
                file=files["onnx"][0],
                items=", ".join(f'"{name}": {name}' for name in names),
            )
        )
    if "openvino" in files:
        file = files["openvino"][0]
        parts.append(
            _OPENVINO.format(
                folder=folder,
                file=file,
                hint=_FLOAT32 if file == "float32.xml" else "",
                items=", ".join(f'"{name}": {name}' for name in names),
            )
        )
    if facts.long_texts == "windows" and {"litert", "onnx", "openvino"} & {
        *files
    }:
        parts.append(_WINDOWS)
    if "sentence_transformers" in files:
        place = f'"{folder}/sentence_transformers"'
        parts.append(embeddings.sentence_transformers(place))
    if "huggingface" in files:
        parts.append(transformers(facts, f'"{folder}/huggingface"'))
    return "\n".join(parts)
