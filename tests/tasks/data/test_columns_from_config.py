from data_pipeline.tasks.configs import columns_config
from data_pipeline.tasks.data import columns_from_config


def test_settings_become_columns():
    config = columns_config.ColumnsConfig(
        label_columns=("toxic", "obscene"),
        label_separator=",",
        delimiter="tab",
        encoding="gb18030",
        header=False,
        context_column="",
    )
    found = columns_from_config.of(config, "multilabel")
    assert found.label_columns == ("toxic", "obscene")
    assert (found.delimiter, found.encoding) == ("tab", "gb18030")
    assert not found.header and found.context is None
