"""examples/customer_service: its data, its server, and a whole training."""

import http.client
import json
import pathlib
import threading

import embedding_models
import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent
FOLDER = ROOT / "examples/customer_service"
PASSAGE = "Rome is in Italy. It has 2.8 million people! Is it old? Yes"
SQUAD = {
    "data": [
        {
            "paragraphs": [
                {
                    "context": PASSAGE,
                    "qas": [
                        {
                            "question": "How many people has Rome?",
                            "answers": [
                                {"text": "2.8 million", "answer_start": 25}
                            ],
                        },
                        {"question": "Is Paris in Italy?", "answers": []},
                    ],
                }
            ]
        }
    ]
    * 3
}


@pytest.fixture(autouse=True)
def path(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))


def clinc():
    texts = [["pay my bill", "pay_bill"], ["hello", "greeting"]]
    return {
        name: texts if "oos" not in name else [["sing", "oos"]]
        for name in ("train", "val", "test", "oos_train", "oos_val", "oos_test")
    }


def test_pairs_are_intents_entries_and_answers():
    import service_data

    parts = {name: [*map(tuple, x)] for name, x in clinc().items()}
    question = "What is the app?"
    faq = [service_data.Entry("f1", question, "It pays. It is free.")]
    answered = [("How many?", "It has 2.")]
    rows = service_data.meanings(parts, faq, answered)
    assert rows == service_data.meanings(parts, faq, answered)
    pairs = [(row["text"], row["positive"]) for row in rows]
    assert ("pay my bill", "pay bill") in pairs
    assert ("How many?", "It has 2.") in pairs
    of_faq = [text for text, positive in pairs if positive == question]
    assert {"It pays.", "It is free."} < {*of_faq}
    shortened = [text for text in of_faq if not text.startswith("It ")]
    assert len(shortened) == len(of_faq) / 2
    assert all({*text.split()} <= {*question.split()} for text in shortened)


def test_rows_of_the_reader_are_sentences(tmp_path):
    import service_passages

    (tmp_path / "train-v2.0-part.json").write_text(json.dumps(SQUAD))
    articles = service_passages.read(str(tmp_path), "train", 3)
    assert [len(article) for article in articles] == [2, 2]
    first, second = articles[0]
    assert service_passages.sentences(PASSAGE)[1] == (
        18,
        "It has 2.8 million people!",
    )
    assert service_passages.with_answers([first, second]) == [
        ("How many people has Rome?", "It has 2.8 million people!")
    ]
    rows = service_passages.rows([first, second])
    assert len(rows) == 3
    for row in rows:
        start, answer = row["answer_start"], row["answer"]
        assert row["context"][start : start + len(answer)] == answer
        assert row["context"] in PASSAGE
    (alike,) = (r for r in rows if r["question"] == second.text)
    assert alike["context"] == "Rome is in Italy." and not alike["answer"]


def test_two_tables_become_an_faq(tmp_path, capsys):
    import covid_faq
    import service_data

    entries, pairs = tmp_path / "entries.csv", tmp_path / "pairs.csv"
    entries.write_text(
        "question,answer,lang\nHow to  pay?,In the app.,en\n"
        "HOW TO PAY?,Again.,en\nWhen?,,en\nWhere?,There.,en\n"
    )
    pairs.write_text(
        "question_1,question_2,similar\nHow to pay?,how can i pay,1\n"
        "Where?,in what place,1\nWhere?,how can i pay,0\nWho?,what,1\n"
    )
    folder = str(tmp_path / "faq")
    covid_faq.main(str(entries), str(pairs), folder)
    assert "2 entries and 2 questions" in capsys.readouterr().out
    assert service_data.read_faq(folder) == [
        ("f000", "How to pay?", "In the app."),
        ("f001", "Where?", "There."),
    ]
    assert service_data.read_questions(folder) == [
        ("how can i pay", {"f000"}),
        ("in what place", {"f001"}),
    ]
    with pytest.raises(SystemExit, match="must not exist"):
        covid_faq.main(str(entries), str(pairs), folder)
    with pytest.raises(SystemExit, match="must have the columns question_1"):
        covid_faq.main(str(entries), str(entries), str(tmp_path / "other"))


def test_bad_data_is_one_message(tmp_path):
    import service_data
    import service_passages

    def refused(message, read, *args):
        with pytest.raises((ValueError, OSError), match=message):
            read(str(tmp_path), *args)

    refused("--clinc must be a folder with data_full", service_data.read_clinc)
    refused("--faq must be a folder with corpus", service_data.read_faq)
    refused("--squad must be", service_passages.read, "dev", 9)
    for text in ("[", "[]", '{"train": [["a"]]}', "[" * 100_000):
        (tmp_path / "data_full.json").write_text(text)
        refused("data_full.json must", service_data.read_clinc)
    for text in ("[", "[]", '{"data": [{"paragraphs": 3}]}', "[" * 100_000):
        (tmp_path / "dev-v2.0.json").write_text(text)
        refused("layout of SQuAD", service_passages.read, "dev", 9)
    (tmp_path / "corpus.jsonl").write_text('{"_id": "1", "text": " "}')
    refused("must have an _id, a title.*line 1", service_data.read_faq)
    (tmp_path / "corpus.jsonl").write_text("7")
    refused("must be a JSON object. Received: '7'", service_data.read_faq)
    (tmp_path / "queries.jsonl").write_text('{"_id": "q", "text": "a"}')
    (tmp_path / "qrels").mkdir()
    judgments = tmp_path / "qrels/test.tsv"
    judgments.write_text("query-id\tcorpus-id\tscore\nq\tf\t1\n")
    refused("two questions at least", service_data.read_questions)
    judgments.write_text("query-id\tcorpus-id\nq\tf\n")
    refused("must have the columns", service_data.read_questions)


def test_the_server_answers_and_refuses(monkeypatch):
    import serve

    def ask(question, passage=None):
        if not question:
            raise ValueError("The question must be a non-empty text.")
        return {"by": "faq", "answer": question + str(passage or "")}

    gates = []
    make = serve.admission.Gate
    monkeypatch.setattr(
        serve.admission, "Gate", lambda *a: gates.append(make(*a)) or gates[0]
    )
    listener = serve.listening.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    known = serve.hosts.Hosts({"127.0.0.1"}, ())
    thread = threading.Thread(
        target=serve.run, args=(ask, {"examples": []}, known, listener)
    )
    thread.start()

    def send(method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read().decode()
        connection.close()
        return response.status, content, response.headers

    try:
        status, content, headers = send("GET", "/")
        assert status == 200 and "Customer service" in content
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert send("GET", "/page.js")[0] == send("GET", "/page.css")[0] == 200
        assert json.loads(send("GET", "/about.json")[1]) == {"examples": []}
        given = '{"question": "é", "passage": "b"}'.encode()
        status, content, _ = send("POST", "/ask", given)
        assert status == 200 and json.loads(content)["answer"] == "éb"
        for body in ('{"question": ""}', "{}", "[" * 9999, "7", b"\xff"):
            status, content, _ = send("POST", "/ask", body)
            assert status == 400 and " must be a" in content
        assert send("POST", "/ask", b"a" * 70_000)[0] == 413
        assert send("POST", "/ask", given, Host="evil.com")[0] == 421
        assert send("POST", "/ask", given, Origin="http://evil.com")[0] == 403
    finally:
        gates[0].close()
        thread.join()


def test_commands_end_with_a_message(tmp_path):
    import serve
    import train

    with pytest.raises(SystemExit, match="Error: The folder must have a serv"):
        serve.main([str(tmp_path), "--port=0"])
    flags = [f"--{name}={tmp_path}" for name in ("clinc", "faq", "squad")]
    others = ["--init_checkpoint=none", f"--output_dir={tmp_path}/service"]
    with pytest.raises(SystemExit, match="Error: --clinc must be a folder"):
        train.main([*flags, *others])
    assert not (tmp_path / "service").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_training_can_be_resumed_and_asked(
    monkeypatch, tmp_path, vocabulary, sizes, capsys
):
    import service_folder
    import service_training
    import train

    weights = embedding_models.save(tmp_path / "start", vocabulary, sizes)
    monkeypatch.setitem(service_training._COMMON, "on_failed_run", "warn")
    (tmp_path / "data_full.json").write_text(json.dumps(clinc()))
    for part in ("train", "dev"):
        (tmp_path / f"{part}-v2.0.json").write_text(json.dumps(SQUAD))
    entries = [
        {"_id": "f1", "title": "How do I pay?", "text": "In the app."},
        {"_id": "f2", "title": "Where are you?", "text": "In Rome. Come in."},
    ]
    queries = [
        {"_id": f"q{n}", "text": text}
        for n, text in enumerate(("can i pay", "where is it", "how to pay"))
    ]
    for name, rows in (("corpus", entries), ("queries", queries)):
        lines = "\n".join(map(json.dumps, rows))
        (tmp_path / f"{name}.jsonl").write_text(lines)
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels/test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq0\tf1\t1\nq1\tf2\t1\nq2\tf1\t1\n"
    )
    folder = tmp_path / "service"
    flags = [f"--{name}={tmp_path}" for name in ("clinc", "faq", "squad")]
    flags += [f"--init_checkpoint={weights}", f"--output_dir={folder}"]
    train.main(flags)
    results = service_folder.about(str(folder))
    assert {*results["thresholds"]} == {"faq", "intent", "reader"}
    assert {*results["faq"]} == {
        f"{name} MRR@10" for name in ("bm25", "embedding", "fused")
    }
    (folder / "service.json").unlink()  # as if it had been killed before
    with pytest.raises(FileNotFoundError, match="has not ended"):
        service_folder.load(str(folder))
    train.main(flags)
    again = service_folder.about(str(folder))
    for name in ("thresholds", "intents", "service", "reader"):
        assert again[name] == pytest.approx(results[name], abs=1e-5)
    assert capsys.readouterr().out.count("To try it: python") == 2
    ask = service_folder.load(str(folder))
    found = ask("how do i pay?")
    assert [step["by"] for step in found["steps"]][0] == "faq"
    found = ask("How many people has Rome?", PASSAGE)
    (step,) = found["steps"]
    for each in step["candidates"]:
        assert PASSAGE[each["start"] : each["end"]] == each["name"]
        assert 0 <= each["score"] <= 1
