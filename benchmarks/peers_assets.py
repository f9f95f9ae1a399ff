"""Small assets by Dagster, for the benchmark of peers: by its default executor, or all in one process.

python -m benchmarks.peers_assets default|in_process
"""

import sys
import tempfile

import dagster as dg

ASSETS = 30


def assets(number: int) -> list[dg.AssetsDefinition]:
    """A chain of assets, each a few rows of the one before."""

    def made(i: int) -> dg.AssetsDefinition:
        @dg.asset(name=f"small_{i}", deps=[f"small_{i - 1}"] if i else [])
        def small() -> list[int]:
            return list(range(i))

        return small

    return [made(i) for i in range(number)]


def job() -> dg.JobDefinition:
    """The job in its default executor; a process that runs a step makes it anew."""
    return dg.Definitions(assets=assets(ASSETS), jobs=[dg.define_asset_job("small")]).resolve_job_def("small")


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
