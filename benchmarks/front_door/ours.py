"""Worker: a model of the Hub to a served one of one's own, with albert_tf."""

import subprocess

from benchmarks.front_door import steps


def load_and_predict(given: steps.Given) -> list:
    import albert_tf

    predictor = albert_tf.predictor(given.model)
    return predictor(given.texts)


def fine_tune(given: steps.Given) -> float:
    import albert_tf

    model = albert_tf.finetune(
        train=given.train,
        eval=given.test,
        text="text",
        label="category",
        init_checkpoint=given.model,
        output_dir="run",
        max_seq_length=given.length,
        train_batch_size=given.rows,
        num_train_epochs=given.epochs,
        learning_rate=given.learning_rate,
        # As the others' AdamW; Google's, which is ours, has none.
        bias_correction=True,
    )
    return model.metrics["accuracy"]


def push(given: steps.Given) -> None:
    import albert_tf

    albert_tf.push(
        albert_tf.PushConfig(
            checkpoint="run", repository=given.push_to, yes=True
        )
    )


def serve(given: steps.Given) -> steps.Server:
    process = subprocess.Popen(
        ["albert-tf", "serve", f"model={given.push_to}", f"--port={given.port}"]
    )
    return steps.Server(
        process,
        f"http://127.0.0.1:{given.port}/v1/models/model:predict",
        {"instances": given.texts},
    )


if __name__ == "__main__":
    steps.run([load_and_predict, fine_tune, push, serve])
