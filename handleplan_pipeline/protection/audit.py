"""The gate: audits a finished release knowing only its folder, the earlier releases and the certificates.

Run as `python -m handleplan_pipeline.protection.audit FOLDER --certificates FILE [--kinds FILE] [--earlier FOLDER ...]`
in a process of its own. Prints what is wrong, one line each, and ends with 1; prints nothing and ends with 0 otherwise.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from handleplan_pipeline.catalogue import Catalogue, load_catalogue
from handleplan_pipeline.lake import parquet
from handleplan_pipeline.protection.earlier import deliveries_of, given_up_in, read
from handleplan_pipeline.protection.kinds import Kind, kinds_of_table
from handleplan_pipeline.protection.packed import digest_of_all
from handleplan_pipeline.protection.proof import printed, unproved
from handleplan_pipeline.protection.repeated import repeated
from handleplan_pipeline.protection.scan import everything
from handleplan_pipeline.protection.together import told_together


def audit(
    folder: Path,
    certificates: Path,
    earlier: Sequence[Path],
    catalogue: Catalogue | None = None,
    kinds: Path | None = None,
) -> list[str]:
    """Everything that forbids publishing the release.

    `earlier`: folders of the releases before it; `kinds`: the table of kinds of persons found in the lake, on which
    certificates rest where the pinned kinds do not make up the counts.
    """
    catalogue = catalogue or load_catalogue()
    if not certificates.is_file():
        return ["there are no certificates for this release"]
    proofs = parquet.read(certificates, "cell.certificate")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    wrong = []
    if manifest.get("disclosure", {}).get("certificates_sha256") != digest_of_all(proofs["sha256"].to_list()):
        wrong.append("the certificates are not the ones the release was made with")
    now = printed(folder)
    own = frozenset[Kind]() if kinds is None else kinds_of_table(parquet.read(kinds, "cell.kind"))
    wrong += unproved(catalogue, now, proofs, own)
    before = read(earlier, deliveries_of(folder))
    wrong += told_together(catalogue, replace(now, given_up=given_up_in(folder)), before)
    wrong += repeated(folder, earlier)
    return wrong + everything(folder, catalogue)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--certificates", type=Path, required=True)
    parser.add_argument("--kinds", type=Path)
    parser.add_argument("--earlier", type=Path, nargs="*", default=[])
    given = parser.parse_args(arguments)
    problems = audit(given.folder, given.certificates, given.earlier, kinds=given.kinds)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
