"""Small assets by Dagster, for the benchmark of peers: by its default executor, or all in one process.

python -m benchmarks.peers_assets default|in_process 30
"""

import sys
import tempfile

import dagster as dg


def assets(number: int) -> list[dg.AssetsDefinition]:
    """A chain of assets, each a few rows of the one before."""
    found: list[dg.AssetsDefinition] = []
    for i in range(number):
        before = {"before": dg.AssetIn(f"small_{i - 1}")} if i else {}

        @dg.asset(name=f"small_{i}", ins=before)
        def small(before: list[int] | None = None) -> list[int]:
            return [*(before or []), 1][-100:]

        found.append(small)
    return found


def job() -> dg.JobDefinition:
    """The job in its default executor; a process that runs a step makes it anew."""
    named = assets(int(sys.argv[2]) if len(sys.argv) > 2 else 30)
    return dg.Definitions(assets=named, jobs=[dg.define_asset_job("small")]).get_job_def("small")


def main() -> None:
    how = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder, dg.DagsterInstance.local_temp(folder) as instance:
        if how == "in_process":
            done = job().execute_in_process(instance=instance)
        else:
            done = dg.execute_job(dg.reconstructable(job), instance=instance)
        if not done.success:
            sys.exit("an asset failed")


if __name__ == "__main__":
    main()
