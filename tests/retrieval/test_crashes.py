"""Changes of an index that are killed, or find no room: nothing is lost."""

import os
import signal
import subprocess
import sys

import pytest
import toy_embedders

from albert_tf.retrieval.documents import Document
from albert_tf.retrieval.indexes import building
from albert_tf.retrieval.indexes import index as index_lib

EMBEDDER = toy_embedders.ToyEmbedder()
MORE = [Document("bird", "a bird sings"), Document("boat", "a red boat")]


@pytest.fixture
def folder(tmp_path):
    path = str(tmp_path / "index")
    documents = [Document("dog", "the dog barks"), Document("car", "a red car")]
    building.create(path, documents, version="1", embedder=EMBEDDER)
    return path


def nearest(folder, query):
    index = index_lib.Index(folder)
    (found,) = index.nearest(EMBEDDER.encode([query]), 1)
    return [each.id for each in found]


def files(folder):
    return {
        os.path.relpath(os.path.join(place, name), folder)
        for place, _, names in os.walk(folder)
        for name in names
    }


FULL = """
import resource, sys
import toy_embedders
from albert_tf.retrieval.documents import Document
from albert_tf.retrieval.indexes import building

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
embedder = toy_embedders.ToyEmbedder(64)
more = [Document(str(n), f"bird {n}") for n in range(500)]
kind = sys.argv[2]
building.create(
    sys.argv[1], more, version="1", embedder=embedder, kind=kind
)
"""


@pytest.mark.parametrize("kind", ["flat", "hnsw"])
def test_a_full_disk_leaves_the_old_index_whole(kind, folder):
    before = files(folder)
    ended = subprocess.run(
        [sys.executable, "-c", FULL, folder, kind],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert ended.stderr.splitlines()[-1].startswith("OSError")
    assert files(folder) == before
    assert nearest(folder, "the hound barks") == ["dog"]


KILLED = """
import sys, time
import toy_embedders
from albert_tf.retrieval.documents import Document
from albert_tf.retrieval.indexes import building, generations

def wait(*_):
    print("here", flush=True)
    time.sleep(60)

embedder = toy_embedders.ToyEmbedder()
more = [Document("bird", "a bird sings")]
if sys.argv[2] == "embedding":
    building.extend(
        sys.argv[1], more, version="1", embedder=embedder, encode=wait
    )
else:
    # All files are there; index.json still names the old generation.
    generations.os.replace = wait
    building.extend(sys.argv[1], more, version="1", embedder=embedder)
"""


@pytest.mark.parametrize("moment", ["embedding", "switching"])
def test_kill_9_leaves_the_old_index_whole(moment, folder):
    before = files(folder)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, folder, moment],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    ) as process:
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert files(folder) > before
    assert nearest(folder, "the hound barks") == ["dog"]
    assert len(index_lib.Index(folder)) == 2
    building.extend(folder, MORE, version="1", embedder=EMBEDDER)
    assert nearest(folder, "a bird sings") == ["bird"]
    # The next change has removed what was left.
    assert len(os.listdir(folder)) == 2
