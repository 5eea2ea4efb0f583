"""examples/sentence_pairs.py: two sentences a document, the second noisy."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent.parent
SCRIPT = ROOT / "examples/sentence_pairs.py"


def test_pairs_share_their_words(tmp_path):
    sentences = [
        " ".join(f"w{i}_{j}" for j in range(6 + i % 20)) for i in range(50)
    ]
    text, pairs = tmp_path / "text.txt", tmp_path / "pairs.tsv"
    text.write_text("\n".join(["too short", *sentences]) + "\n")
    pairs.write_text("A cat sits.\tA cat is sitting.\n")
    made = tmp_path / "made.txt"
    command = [
        *(sys.executable, SCRIPT, f"--input_file={text}"),
        *(f"--pairs_file={pairs}", f"--output_file={made}"),
        "--num_sentences=40",
    ]
    outcome = subprocess.run(command, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    documents = [d.split("\n") for d in made.read_text().split("\n\n")]
    real = {"A cat sits.", "A cat is sitting."}
    assert sum(set(d) == real for d in documents) == 2
    noisy = [d for d in documents if set(d) != real]
    assert len(noisy) == 40
    kept = moved = total = 0
    for whole, part in (sorted(d, key=len, reverse=True) for d in noisy):
        assert whole in sentences
        assert set(part.split()) <= set(whole.split())
        kept, total = kept + len(part.split()), total + len(whole.split())
        moved += part.split()[0] > part.split()[-1]
    assert 0.65 < kept / total < 0.85
    assert 5 < moved

    outcome = subprocess.run(command, capture_output=True, text=True)
    assert outcome.returncode == 1  # nothing is overwritten
    made.unlink()
    pairs.write_text("A cat sits.\n")
    outcome = subprocess.run(command, capture_output=True, text=True)
    assert outcome.returncode == 1
    assert "pairs.tsv must be two texts" in outcome.stderr
    assert not made.exists()
