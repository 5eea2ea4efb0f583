"""Packaging: `pip install .`, with extras for what not everyone needs."""

import pathlib
import re

import setuptools

ROOT = pathlib.Path(__file__).parent
VERSION = re.search(
    r'__version__ = "(.+)"', (ROOT / "albert_tf/__init__.py").read_text()
)[1]

# Reads Wikipedia dumps.
WIKIPEDIA = ["gensim>=4.4,<5"]
# Draws curves, and brings a sample of a dump for `make demo`.
DEMO = [*WIKIPEDIA, "matplotlib>=3.9,<4"]
# Builds records on any Apache Beam runner.
BEAM = ["apache-beam>=2.70,<3"]
# Reads text from TensorFlow Datasets.
# It imports importlib_resources and does not ask for it (4.9.10).
TFDS = ["importlib_resources>=6,<8", "tensorflow-datasets>=4.9.9,<5"]
# Reads Parquet and Arrow files.
DATA = ["pyarrow>=18,<26"]
# Runs Hugging Face's ALBERT beside ours after a conversion, and reads
# pytorch_model.bin.
INTEROP = ["torch>=2.6,<3", "transformers>=5,<6"]
# Runs LiteRT exports; TensorFlow converts them.
LITERT = ["ai-edge-litert>=2.0,<3"]
# Writes ONNX exports and runs them.
ONNX = ["onnx>=1.17,<2", "onnxruntime>=1.20,<2", "tf2onnx>=1.17,<2"]

# Draws what benchmarks measured, and runs our 8-bit model beside the others.
BENCH = ["matplotlib>=3.9,<4", *LITERT]
# Serves exports over HTTP.
SERVE = [
    "fastapi>=0.115,<1",
    "orjson>=3.10,<4",
    "prometheus-client>=0.21,<1",
    # serve/connections.py extends its H11Protocol: tried with 0.34 and 0.54.
    "uvicorn>=0.34,<1",
]

setuptools.setup(
    name="albert_tf",
    version=VERSION,
    description="ALBERT for TensorFlow and Keras 3, made for TPUs.",
    long_description=(ROOT / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10,<3.14",
    packages=setuptools.find_packages(include=["albert_tf*", "data_pipeline*"]),
    package_data={"albert_tf.serving.page": ["*.html", "*.js", "*.css"]},
    entry_points={"console_scripts": ["albert-tf = albert_tf.commands:main"]},
    install_requires=[
        "absl-py>=2.1,<3",
        # Zstandard as of Python 3.14's standard library.
        "backports.zstd>=1,<2",
        # The checksums of TFRecord files.
        "google-crc32c>=1.7,<2",
        "keras>=3.12,<4",
        "numpy>=1.26,<3",
        "safetensors>=0.8,<1",
        # Matthews correlation, F1 and accuracy, as GLUE scores them.
        "scikit-learn>=1.5,<2",
        # Pearson and Spearman correlation, as GLUE scores them.
        "scipy>=1.13,<2",
        "sentencepiece>=0.2.1,<0.3",
        "sentencex>=1.0.30,<2",
        # Entity F1, as CoNLL scores it.
        "seqeval>=1.2.2,<2",
        # 2.20 is the newest tensorflow-tpu.
        "tensorflow>=2.20,<2.22",
        # 2.21.0 does not import with TensorFlow 2.21.
        "tensorflow-text>=2.20.1,<2.22,!=2.21.0",
        # Holds tf.summary's operations.
        "tensorboard>=2.20,<3",
        "tqdm>=4.66,<5",
    ],
    extras_require={
        "wikipedia": WIKIPEDIA,
        "demo": DEMO,
        "beam": BEAM,
        "tfds": TFDS,
        "data": DATA,
        "interop": INTEROP,
        "serve": SERVE,
        "litert": LITERT,
        "onnx": ONNX,
        "bench": BENCH,
        "test": [
            *DEMO,
            *BEAM,
            *TFDS,
            *DATA,
            *SERVE,
            *LITERT,
            *ONNX,
            "hypothesis>=6.100,<7",
            "pytest>=8,<10",
            "pytest-timeout>=2.3,<3",
            "pytest-xdist>=3.6,<4",
            "ruff>=0.15,<0.18",
            # Uses the served page, where Debian's chromium is.
            "selenium>=4.27,<5",
        ],
    },
)
