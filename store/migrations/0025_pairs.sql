-- Few calls were asked only to compare models, on most stores none: whoever wants those passes over the rest.
-- Parts written or merged from now on have it; older ones are read as before, and nothing is rewritten for it.
ALTER TABLE generations {cluster} ADD INDEX IF NOT EXISTS by_pair_of tags['pair_of'] TYPE minmax GRANULARITY 1
