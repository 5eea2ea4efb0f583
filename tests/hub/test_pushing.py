"""Files to the Hub, by its own client, to a server that answers as it does."""

import fake_hub
import huggingface_hub
import pytest

from albert_tf.hub import huggingface
from albert_tf.hub import pushing

PLACE = huggingface.Repository("me/mine", None, "")
FILES = {
    "README.md": b"---\nlicense: mit\n---\n",
    "model.safetensors": bytes(range(256)) * 20,
    "sub/other.model": b"another large file",
}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "folder"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def push(folder, place=PLACE, is_private=False):
    remote = pushing.look(place)
    return pushing.commit(
        str(folder), list(FILES), place, remote, "a message", is_private
    )


@pytest.mark.parametrize("part_size", [None, 1000])
def test_one_commit(hub, folder, part_size):
    hub.part_size = part_size
    commit = push(folder)
    pushed = dict(hub.files["me/mine"])
    assert pushed.pop(".gitattributes") and pushed == FILES
    assert hub.messages == ["a message"] and hub.heads["me/mine"] == commit
    sent = [a for a in hub.asked if a.startswith("PUT")]
    assert len(sent) == (7 if part_size else 2)
    remote = pushing.look(PLACE)
    assert remote.exists and remote.commit == commit
    for name in FILES:
        path = str(folder / name)
        assert pushing.change(path, remote.hashes[name]) == "same"
        (folder / name).write_bytes(b"changed")
        assert pushing.change(path, remote.hashes[name]) == "replaced"
        assert pushing.change(path, None) == "new"


def test_a_branch_of_a_repository_and_of_a_new_one(hub, folder):
    hub.files["me/mine"] = {"config.json": b"{}"}
    place = PLACE._replace(revision="next")
    assert not pushing.look(place).has_branch
    push(folder, place)
    assert hub.files["me/mine"] == {"config.json": b"{}"}
    pushed = hub.branches["me/mine", "next"].files
    assert pushed == {"config.json": b"{}", **FILES}
    assert pushing.look(place).has_branch
    push(folder, huggingface.Repository("me/new", "next", ""))
    assert set(FILES) < set(hub.branches["me/new", "next"].files)
    assert not set(FILES) & set(hub.files["me/new"])
    push(folder, huggingface.Repository("me/newer", "main", ""))
    assert set(FILES) < set(hub.files["me/newer"])


def test_private(hub, folder):
    push(folder, is_private=True)
    assert hub.private == {"me/mine"}
    assert pushing.look(PLACE).is_private


def test_another_commit_meanwhile(hub, folder):
    hub.files["me/mine"] = {}
    remote = pushing.look(PLACE)
    hub.push("me/mine", "main", {"new": b"file"}, "of another")
    with pytest.raises(OSError, match="must not change while .* HTTP 412"):
        pushing.commit(str(folder), list(FILES), PLACE, remote, "mine", False)
    assert hub.messages == ["of another"]


@pytest.mark.parametrize(
    "step, fault, message",
    [
        ("create", "401", "must be valid at http.* Received: HTTP 401"),
        ("create", "403", "must be allowed to write to me/mine"),
        ("create", "404", "must be a place that the Hub knows"),
        ("create", "409", "must not change while it is pushed to"),
        ("create", "429", "Received: HTTP 429"),
        ("create", "503", "Received: HTTP 503: a fault of create"),
        ("preupload", "403", "must be allowed to write to me/mine"),
        ("lfs", "403", "must be allowed to write to me/mine"),
        ("lfs", "500", "Received: HTTP 500"),
        ("lfs", "cut", "The Hub must take the files for me/mine"),
        ("commit", "412", "must not change while it is pushed to"),
        ("commit", "500", "Received: HTTP 500: a fault of commit"),
        ("commit", "cut", "The Hub must take the files for me/mine"),
    ],
)
def test_what_goes_wrong_is_one_message(
    hub, folder, monkeypatch, step, fault, message
):
    # Its client tries again, after seconds.
    monkeypatch.setattr("time.sleep", lambda _: None)
    hub.faults[step] = fault
    with pytest.raises(OSError, match=message) as caught:
        push(folder)
    assert hub.messages == []
    for private in ("\n", "hf_secret", "Signature"):
        assert private not in str(caught.value)


def test_a_token_that_is_not_valid(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_old")
    with pytest.raises(PermissionError, match="token must be valid") as caught:
        pushing.look(PLACE)
    assert "hf_old" not in str(caught.value)


def test_an_organization_of_others(hub, folder):
    hub.read_only.add("them")
    with pytest.raises(PermissionError, match="of a member of them"):
        push(folder, huggingface.Repository("them/mine", None, ""))


def test_a_hub_that_is_out_of_reach(hub, monkeypatch):
    constants = huggingface_hub.constants
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(OSError, match="The Hub must take .* ConnectError"):
        pushing.look(PLACE)


def test_a_card_that_the_hub_refuses(hub, folder):
    (folder / "README.md").write_text("---\nlicense: ours\n---\n")
    with pytest.raises(OSError, match='"license" must be one of'):
        push(folder)
    assert hub.messages == []


def test_without_a_token_or_a_network(hub, monkeypatch):
    pushing.check_access()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(OSError, match="HF_HUB_OFFLINE"):
        pushing.check_access()
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", "none")
    with pytest.raises(
        PermissionError, match="must come with a token .* no token"
    ):
        pushing.check_access()
    assert hub.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "me/mine",
        "hf://mine",
        "hf://me/mine/folder",
        f"hf://me/mine@{fake_hub.COMMIT}",
    ],
)
def test_addresses_that_nothing_is_pushed_to(address):
    with pytest.raises(ValueError, match="must be .*hf://org/name"):
        pushing.target(address)
