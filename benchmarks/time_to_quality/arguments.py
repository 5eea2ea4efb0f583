"""The arguments of the command."""

from tools import options


def parser(description: str | None) -> options.Parser:
    """The parser of the command.

    Args:
        description: of the command.
    """
    parser = options.Parser(description)
    add = parser.add_argument
    add("--work_dir", required=True, help="Folder of runs and records.")
    add("--text_file", required=True, help="Texts to train on: globs.")
    add("--heldout_file", required=True, help="Texts to score on: globs.")
    add("--spm_model_file", required=True, help="Vocabulary of all models.")
    add("--albert_config_file", required=True, help="Sizes of all models.")
    add("--output", required=True, help="Report to write: a .md file.")
    add("--minutes", type=float, default=60.0, help="Minutes of a whole run.")
    add(
        "--fractions",
        type=options.numbers(float),
        default=[0.25, 0.5, 1.0],
        help="Shares of --minutes that recipes other than Google's run for.",
    )
    add(
        "--seeds",
        type=options.numbers(int),
        default=[1, 2, 3],
        help="Random seeds.",
    )
    add(
        "--precisions",
        type=options.names,
        default=["float32", "bfloat16"],
        help="Precisions; rates are searched in the last one.",
    )
    add(
        "--recipes",
        type=options.names,
        default=["pack", "correction", "short", "depth", "both"],
        help="Recipes beside Google's.",
    )
    add(
        "--recipe",
        action="append",
        default=[],
        help="One more recipe, NAME=FLAGS; may be given several times.",
    )
    add(
        "--rates",
        type=options.numbers(float),
        default=[0.002, 0.004, 0.008],
        help="Learning rates to choose from, for recipes without one.",
    )
    add("--rate_minutes", type=float, help="Minutes of a run for a rate.")
    add(
        "--core",
        type=int,
        help="Core that runs are bound to, one thread each. Minutes are then "
        "of its processor time, so other work beside them does not count.",
    )
    add("--peer_python", help="Python with transformers and PyTorch.")
    add(
        "--peer_rates",
        type=options.numbers(float),
        default=[5e-4, 1e-3, 2e-3],
        help="The peer's learning rates to choose from.",
    )
    add("--max_seq_length", type=options.at_least(8), default=128, help="S.")
    add(
        "--train_batch_size",
        type=options.at_least(1),
        default=32,
        help="Rows of a step.",
    )
    add(
        "--heldout_rows",
        type=options.at_least(1),
        default=1024,
        help="Rows to score on.",
    )
    return parser
