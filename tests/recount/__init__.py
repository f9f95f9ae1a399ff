"""An independent recount of every figure in plain Python, from delivery files to cells: the definitions' manual.

It is written from `docs/indicators.md` and `docs/deliveries/` and shares nothing with what the pipeline counts with: a
difference is a fault in one of the two, or in a definition that can be read in two ways. A definition is one small
function per indicator, with its version; when a definition changes, its function and its version change.

Read in this order: `layouts` and `codes` (what a file looks like), `files` (which rows of which file stand), `records`
(what becomes of a record over its files), `people` (who somebody is), `counting` (what a definition and a cell are),
then one module per theme, and last `comparison`. `strangers` adds people at the edge of every window to the
city that both count (`cities`).
"""
