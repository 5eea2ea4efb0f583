r"""Reports what a record set contains, before a model is trained on it.

    albert-tf audit --input_file='records/train/*.tfrecord' \
        --output_dir=audit --show=5

prints what the records contain next to what their settings promise, with a
warning wherever the two differ, and rows as training sees them; it also writes
audit.json and audit.png. All records are counted. Masks are drawn for the first
--sample_size records, a fair sample, since records are shuffled on disk.
"""

from absl import flags

from data_pipeline.commands import command_help
from data_pipeline.commands import command_line
from data_pipeline.pretraining import mask_settings

# Shown before all others by --help.
_FIRST = (
    "input_file",
    "output_dir",
    "show",
)


def run() -> None:
    command_help.section("Audit")
    flags.DEFINE_string(
        "input_file", None, "Records: comma-separated paths or globs."
    )
    flags.DEFINE_string(
        "output_dir",
        None,
        "Folder for audit.json and audit.png. If left out, they are not "
        "written.",
    )
    flags.DEFINE_string(
        "spm_model_file",
        None,
        "Vocabulary of records in google-research/albert's format, which have "
        "none beside them.",
    )
    flags.DEFINE_integer("show", 0, "Number of rows to print.", lower_bound=0)
    flags.DEFINE_integer(
        "sample_size", 5000, "Number of rows to draw masks for.", lower_bound=1
    )
    # The masks are those that albert-tf pretrain would draw.
    mask_settings.define_flags()
    command_help.section("Masks")
    flags.DEFINE_integer(
        "random_seed", 12345, "Seed for masks and sentence exchanges."
    )
    flags.mark_flag_as_required("input_file")
    command_line.run(
        command_line.main_of("data_pipeline.pretraining.audit.command"),
        __doc__,
        first=_FIRST,
    )


if __name__ == "__main__":
    run()
