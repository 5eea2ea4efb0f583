"""The doctor and installed packages, with machines as folders."""

import pytest

from albert_tf.commands import doctor
from albert_tf.doctor import installation


def machine(root, *devices, pci=()):
    """Device files below a folder, and PCI devices as (vendor, class)."""
    for name in devices:
        (root / "dev" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "dev" / name).touch()
    for number, (vendor, kind) in enumerate(pci):
        folder = root / f"sys/bus/pci/devices/0000:00:{number:02}.0"
        folder.mkdir(parents=True)
        (folder / "vendor").write_text(f"{vendor}\n")
        (folder / "class").write_text(f"{kind}\n")
    return str(root)


@pytest.mark.parametrize(
    "devices, pci, nvidia, tpu",
    [
        ((), (), False, False),
        (("nvidia0", "nvidiactl"), (), True, False),
        (("nvidiactl",), (), False, False),
        # Without a driver, the bus alone knows.
        ((), (("0x10de", "0x030200"),), True, False),
        ((), (("0x10de", "0x040300"),), False, False),  # its sound
        (("accel0",), (), False, True),
        (("vfio/0", "vfio/vfio"), (("0x1ae0", "0x120000"),), False, True),
        # A network card of Google's, and something else that is passed on.
        (("vfio/0",), (("0x1ae0", "0x020000"),), False, False),
        (("vfio/0",), (("0x8086", "0x030000"),), False, False),
    ],
)
def test_accelerators_of_a_machine(tmp_path, devices, pci, nvidia, tpu):
    root = machine(tmp_path, *devices, pci=pci)
    assert installation.has_nvidia(root) == nvidia
    assert installation.has_tpu(root, {}) == tpu
    assert installation.has_tpu(root, {"TPU_WORKER_ID": "0"})


@pytest.mark.parametrize(
    "installed, remedy",
    [
        ({"tensorflow": "2.21.0"}, None),
        ({"tensorflow": "2.21.0", "libtpu": "0.0.52"}, None),
        ({"tensorflow-tpu": "2.20.0", "libtpu": "0.0.27"}, None),
        ({"tensorflow-tpu": "2.20.0"}, None),
        ({"tensorflow-tpu": "2.20.0", "libtpu": "0.0.28"}, "'libtpu<0.0.28'"),
        ({"tensorflow-tpu": "2.20.0", "libtpu": "0.0.32.1"}, "libtpu 0.0.32.1"),
        ({"tensorflow-tpu": "2.20.0", "libtpu": "1.0"}, "'libtpu<0.0.28'"),
        (
            {"tensorflow": "2.20.0", "tensorflow-tpu": "2.20.0"},
            "pip uninstall tensorflow tensorflow-tpu",
        ),
        ({"libtpu": "0.0.27"}, "pip install tensorflow"),
    ],
)
def test_packages_that_cannot_be_imported(found, installed, remedy):
    installation.check_loading(found, installed)
    texts = [finding.text for finding in found.of("error")]
    assert len(texts) == (remedy is not None)
    assert remedy is None or remedy in texts[0]


def test_nothing_is_imported_where_it_would_end_the_process(
    monkeypatch, capsys
):
    installed = {"tensorflow-tpu": "2.20.0", "libtpu": "0.0.52"}
    monkeypatch.setattr(installation, "packages", lambda: installed)
    with pytest.raises(SystemExit) as end:
        doctor.check_loading()
    assert end.value.code == 1
    assert "'libtpu<0.0.28'" in capsys.readouterr().out


@pytest.mark.parametrize(
    "installed, remedy",
    [
        ({"tensorflow": "2.21.0", "tensorflow-text": "2.21.1"}, None),
        ({"tensorflow": "2.21.0"}, None),
        ({"tensorflow": "2.20.0", "tensorflow-text": "2.20.1"}, None),
        (
            {"tensorflow": "2.20.0", "tensorflow-text": "2.21.1"},
            "pip install 'tensorflow-text==2.20.*",
        ),
        (
            {"tensorflow": "2.21.0", "tensorflow-text": "2.21.0"},
            "pip install 'tensorflow-text==2.21.*,!=2.21.0'",
        ),
        (
            {"tensorflow-tpu": "2.20.0", "tensorflow-text": "2.19.0"},
            "pip install --no-deps 'tensorflow-text==2.20.*",
        ),
    ],
)
def test_text_is_of_the_version_of_tensorflow(found, installed, remedy):
    installation.check_text(found, installed)
    texts = [finding.text for finding in found.of("error")]
    assert len(texts) == (remedy is not None)
    assert remedy is None or remedy in texts[0]


@pytest.mark.parametrize(
    "name, seen, level, text",
    [
        ("tensorflow", {"nvidia": True, "gpus": 1}, "fine", "sees 1 GPU."),
        (
            "tensorflow",
            {"nvidia": True},
            "warning",
            "Run: pip install 'tensorflow[and-cuda]==2.20.0'",
        ),
        (
            "tensorflow-cpu",
            {"nvidia": True},
            "warning",
            "pip uninstall tensorflow-cpu; pip install 'tensorflow[and-cuda]",
        ),
        (
            "tensorflow",
            {"tpu": True},
            "warning",
            "pip install 'tensorflow-tpu==2.20.0' 'libtpu<0.0.28'",
        ),
        ("tensorflow-tpu", {"tpu": True}, "fine", "tensorflow-tpu 2.20.0"),
    ],
)
def test_packages_for_the_accelerator(found, name, seen, level, text):
    seen = {"nvidia": False, "tpu": False, "gpus": 0, **seen}
    installation.check_accelerators(found, {name: "2.20.0"}, **seen)
    (finding,) = found.all
    assert finding.level == level and text in finding.text


def test_no_accelerator_is_nothing_to_say(found):
    installation.check_accelerators(
        found, {"tensorflow": "2.20.0"}, nvidia=False, tpu=False, gpus=0
    )
    assert not found.all


@pytest.mark.parametrize(
    "flags, onednn, levels",
    [
        ("fpu avx avx2 avx512f", "1", ["fine"]),
        ("fpu avx avx2", None, ["fine"]),
        ("fpu avx avx2", "0", ["warning"]),
        ("fpu avx", "False", ["warning"]),
        ("neon", "0", []),
    ],
)
def test_products_of_the_processor(found, tmp_path, flags, onednn, levels):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(
        f"processor\t: 0\nflags\t\t: {flags}\n\nprocessor\t: 1\n"
    )
    sets = installation.processor_flags(str(tmp_path))
    assert sets == set(flags.split())
    installation.check_processor(found, sets, onednn)
    assert [finding.level for finding in found.all] == levels


def test_a_machine_without_these_files(tmp_path):
    assert installation.processor_flags(str(tmp_path)) == set()
    assert "tensorflow" in installation.packages()
