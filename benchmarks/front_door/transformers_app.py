"""The web server that transformers' users write."""

import os

import fastapi
import transformers

app = fastapi.FastAPI()
classify = transformers.pipeline(
    "text-classification", model=os.environ["MODEL"].removeprefix("hf://")
)


@app.post("/predict")
def predict(texts: list[str]) -> list:
    return classify(texts, top_k=None)
