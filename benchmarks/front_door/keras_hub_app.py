"""The web server that keras-hub's users write. It answers with class numbers:
a preset holds no names of classes."""

import os

import fastapi
import keras_hub

app = fastapi.FastAPI()
classifier = keras_hub.models.TextClassifier.from_preset(os.environ["MODEL"])


@app.post("/predict")
def predict(texts: list[str]) -> list:
    return classifier.predict(texts).tolist()
