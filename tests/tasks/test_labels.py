import pytest

from data_pipeline.tasks import class_labels


def test_labels_are_sorted_whatever_their_order():
    assert class_labels.learn(["b", "a", None, "b"]) == ["a", "b"]
    assert class_labels.learn([("x", "c"), (), ("c",)]) == ["c", "x"]
    assert class_labels.learn(["10", "9", "-1"]) == ["-1", "9", "10"]
    ones = ["0001", "001", "01", "1"]
    assert class_labels.learn(reversed(ones)) == ones
    assert class_labels.learn(["10", "9", "a"]) == ["10", "9", "a"]
    with pytest.raises(ValueError, match="without labels"):
        class_labels.learn([None, ()])


def test_numbers_and_unknown_labels():
    assert class_labels.number("b", ["a", "b"]) == 1
    with pytest.raises(ValueError, match="'a', 'b'. Received: 'c'"):
        class_labels.number("c", ["a", "b"])
    assert class_labels.unknown([str(i) for i in range(12)]).endswith(
        "'9' and 2 more."
    )
