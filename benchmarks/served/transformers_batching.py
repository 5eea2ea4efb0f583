"""transformers behind FastAPI, with a queue that makes batches.

What transformers' guide of web servers proposes, and more: texts that arrive
while the model is busy form the next batch. MODEL names the folder of the
model, PRECISION is float32 or bfloat16, and MAX_ROWS limits a batch.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from concurrent import futures

import fastapi
import torch
import transformers

_MODEL = os.environ["MODEL"]
_MAX_ROWS = int(os.environ.get("MAX_ROWS", "16"))
_thread = futures.ThreadPoolExecutor(1)
_waiting: asyncio.Queue = asyncio.Queue()
_tokenizer = transformers.AutoTokenizer.from_pretrained(_MODEL)
_model = (
    transformers.AutoModelForSequenceClassification.from_pretrained(
        _MODEL, dtype=getattr(torch, os.environ["PRECISION"])
    )
).eval()


@torch.inference_mode()
def _classify(texts: list[str]) -> list[dict]:
    rows = _tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    probabilities = _model(**rows).logits.float().softmax(-1)
    best = probabilities.argmax(-1).tolist()
    return [
        {"label": _model.config.id2label[label], "probabilities": row}
        for label, row in zip(best, probabilities.tolist(), strict=True)
    ]


async def _answer() -> None:
    loop = asyncio.get_running_loop()
    while True:
        batch = [await _waiting.get()]
        while len(batch) < _MAX_ROWS and not _waiting.empty():
            batch.append(_waiting.get_nowait())
        texts = [text for text, _ in batch]
        found = await loop.run_in_executor(_thread, _classify, texts)
        for (_, answer), value in zip(batch, found, strict=True):
            answer.set_result(value)


@contextlib.asynccontextmanager
async def _lifespan(_: fastapi.FastAPI) -> AsyncIterator[None]:
    task = asyncio.create_task(_answer())
    yield
    task.cancel()


app = fastapi.FastAPI(lifespan=_lifespan)


@app.post("/predict")
async def predict(texts: list[str]) -> list:
    answers = [asyncio.get_running_loop().create_future() for _ in texts]
    for pair in zip(texts, answers, strict=True):
        _waiting.put_nowait(pair)
    return await asyncio.gather(*answers)
