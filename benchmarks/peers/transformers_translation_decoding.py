"""Worker: a beam search of MarianMT by transformers' generate.

All texts have the same number of tokens: none may end before.
"""

import torch

from benchmarks import measure
from benchmarks.peers import random_pairs
from benchmarks.peers import transformers_marian
from benchmarks.peers import transformers_models


def main() -> None:
    settings = measure.settings()
    torch.set_num_threads(measure.threads())
    torch.manual_seed(0)
    half = settings["precision"] == "bfloat16"
    model = transformers_marian.model(settings["config"], settings)
    model = model.to(torch.bfloat16 if half else torch.float32).eval()
    sources, _ = random_pairs.of(settings)
    length = settings["target_length"]
    settings = {**settings, "length_penalty": 1.0, "max_length": length}

    def run():
        with torch.inference_mode():
            found = transformers_marian.generate(
                model, sources, settings, min_new_tokens=length
            )
        assert all(len(row) == length for row in found), found

    measure.report(
        {
            **random_pairs.decoding(run, settings),
            "parameters": transformers_marian.parameters(model),
            "versions": transformers_models.versions(),
        }
    )


if __name__ == "__main__":
    main()
