"""Whether an area is one of the baseline's, renamed and merged areas followed: one SQL for every goal about areas."""

AREAS_OVER_TIME = """
    traced(area_kind, area_key, on_date, key_then, until, steps) as (
        -- a file of a year, which stands for its 1 January, may use a key that is only given in the course of it
        select distinct seen.area_kind, seen.area_key, on_date, seen.area_key,
               greatest(on_date, coalesce(given.first_day, on_date)), 0
        from seen
        left join (
            select area_kind, new_key, min(valid_from) as first_day from area_key
            anti join (select area_kind, old_key as new_key from area_key) as gone using (area_kind, new_key)
            group by all
        ) as given
          on given.area_kind = seen.area_kind and given.new_key = seen.area_key
         and on_date = make_date(year(on_date), 1, 1) and year(first_day) = year(on_date)
        union
        select traced.area_kind, traced.area_key, on_date, change.old_key, change.valid_from - 1, steps + 1
        from traced
        join area_key as change
          on change.area_kind = traced.area_kind and change.new_key = traced.key_then
         and change.valid_from > $baseline_from::date and change.valid_from <= traced.until
    ),
    root as (
        -- a key that was given away and is used again names another area from then on
        select traced.area_kind, traced.area_key, on_date, steps,
               key_then || coalesce(' from ' || max(gone.valid_from)::varchar, '') as root
        from traced
        left join area_key as gone
          on gone.area_kind = traced.area_kind and gone.old_key = traced.key_then and gone.new_key <> traced.key_then
         and gone.valid_from > $baseline_from::date and gone.valid_from <= traced.until
        group by traced.area_kind, traced.area_key, on_date, key_then, until, steps
    ),
    dated as (
        -- a department is what its last status of the year says
        select *, status_date = max(status_date) over (partition by year, area_kind, area_key) as is_last
        from housing_area
    ),
    baseline_root as (
        select distinct area_kind, root
        from dated
        join root using (area_kind, area_key)
        where listed and on_date = status_date and case area_kind
            when 'exposed_area' then status_date between $baseline_from::date and $baseline_to::date
                                     and criteria_version = $baseline_criteria
            else year = $fixed_year and is_last end
    ),
    of_baseline as (
        select area_kind, area_key, on_date, min(root) as lasting_key
        from root join baseline_root using (area_kind, root)
        group by all
    )
"""
"""Needs a relation `seen` (area_kind, area_key, on_date) that holds the areas asked for and those of `housing_area`.

`of_baseline` has the areas of `seen` that were on the list of January 2010 (departments: on the list of that year), by
the key of the day, with a name that does not change. Of areas that were merged one suffices, and of one that was
divided every part is the old area. It is followed no further back than the baseline. Used in a `with recursive`.
"""
