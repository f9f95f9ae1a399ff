"""What the pipeline makes: one file is one table of the graph (a goal's file holds its cell and its goal asset)."""
