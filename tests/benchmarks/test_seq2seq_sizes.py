"""The sizes of models beside ALBERT's are those of the published ones."""

from benchmarks import seq2seq_sizes


def test_published_sizes():
    # num_parameters of google-t5/t5-small, t5-base and t5-large.
    counts = [seq2seq_sizes.t5(*shape) for shape in seq2seq_sizes.T5.values()]
    assert counts == [60_506_624, 222_903_552, 737_668_096]
    # Rothe et al. 2020, table 2, in millions.
    base = seq2seq_sizes.BERT["base"]
    assert round(seq2seq_sizes.bert2bert(*base, shared=False) / 1e6) == 247
    assert abs(seq2seq_sizes.bert2bert(*base, shared=True) / 1e6 - 136) < 3
