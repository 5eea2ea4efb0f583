"""What run.json keeps of a command line."""

import pytest

from albert_tf.runs import secrets


@pytest.mark.parametrize(
    "word, shown",
    [
        ("--api_key=abc", "--api_key=***"),
        ("--hf-token=abc", "--hf-token=***"),
        ("-password=a b", "-password=***"),
        ("--secretKey=abc", "--secretKey=***"),
        ("--db_password_file=x", "--db_password_file=***"),
        ("--AWS_SECRET_ACCESS_KEY=x", "--AWS_SECRET_ACCESS_KEY=***"),
        ("HF_TOKEN=x", "HF_TOKEN=***"),
        (
            "--input_file=https://me:pw@host/a",
            "--input_file=https://***@host/a",
        ),
        ("s3://key:p@ss@host/a,b", "s3://***@host/a,b"),
        ("--data=https://h/a?token=x&b=1", "--data=https://h/a?token=***&b=1"),
        ("https://h/a?b=1&X-Amz-Signature=x#c", None),
    ],
)
def test_secrets_are_hidden(word, shown):
    shown = shown or "https://h/a?b=1&X-Amz-Signature=***#c"
    assert secrets.hidden(["run.py", word, "b"]) == ["run.py", shown, "b"]


def test_a_secret_in_the_next_word():
    command = ["run.py", "--token", "abc", "--password", "--do_eval", "x"]
    assert secrets.hidden(command) == [
        *("run.py", "--token", "***", "--password", "--do_eval", "x")
    ]


@pytest.mark.parametrize(
    "word",
    [
        "--token_column=1",
        "--noheader",
        "--max_tokens=5",
        "--keep_checkpoint_max=2",
        "--input_file=a/secret/key.txt",
        "--text_column=password",
        "--data_dir=gs://bucket/a@b",
        "/usr/bin/token",
        "",
    ],
)
def test_ordinary_words_are_kept(word):
    assert secrets.hidden(["run.py", word, "b"]) == ["run.py", word, "b"]
