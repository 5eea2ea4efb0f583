import types

from data_pipeline.tasks import custom_flags


def test_flags_become_columns(monkeypatch):
    given = dict.fromkeys(
        "header delimiter encoding id_column text_column text_pair_column "
        "label_column label_separator label_columns choice_columns "
        "words_column tags_column sentence_column token_column tag_column "
        "context_column question_column answer_column "
        "answer_start_column".split()
    )
    given |= {
        "label_columns": ["toxic", "obscene"],
        "label_separator": ",",
        "delimiter": "tab",
        "encoding": "gb18030",
        "header": False,
    }
    monkeypatch.setattr(custom_flags, "_FLAGS", types.SimpleNamespace(**given))
    found = custom_flags.columns("multilabel")
    assert found.label_columns == ("toxic", "obscene")
    assert (found.delimiter, found.encoding) == ("tab", "gb18030")
    assert not found.header
