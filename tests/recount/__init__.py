"""An independent recount of every figure, from delivery files to cells, in plain Python; read it as the definitions' manual.

It is written from the design's indicators, `docs/indicators.md` and `docs/deliveries/`, and shares nothing with what the
pipeline counts with: a difference is a fault in one of the two, or in a definition that can be read in two ways.

Read in this order: `layouts` (what a file looks like), `files` (which rows of which file stand), `people` (who somebody
is), `counting` (what a definition and a cell are), then one module per theme, and last `comparison`.
"""
