"""The job `count` in a process of its own, for the benchmark."""

import sys

from handleplan_pipeline.cli import main

sys.argv = ["handleplan", "run", "--job", "count", *sys.argv[1:]]
main()
