"""What a person's housing was on a day of follow-up: one piece of SQL that every definition with a follow-up shares."""

AT_FOLLOW_UP = """
    covering as (
        select follow.kind, follow.person, follow.index_year, follow.follow_up,
               max_by(home.situation, home.start_date) as situation
        from follow
        join housing_situation as home
          on home.person = follow.person and home.start_date <= follow.follow_up
         and home.observed_end > follow.follow_up
        where home.situation <> 'number_only'
        group by all
    ),
    nearest as (
        select follow.kind, follow.person, follow.index_year, follow.follow_up,
               min_by(home.situation, struct_pack(
                   days := case when home.start_date > follow.follow_up
                                then date_diff('day', follow.follow_up, home.start_date) * 2 + 1
                                else (date_diff('day', home.observed_end, follow.follow_up) + 1) * 2 end,
                   first := home.start_date)) as situation
        from follow
        join housing_situation as home
          on home.person = follow.person
         and home.start_date <= follow.follow_up + $address_window_days
         and home.observed_end > follow.follow_up - $address_window_days
        where home.situation <> 'number_only'
          and (home.observed_end <= follow.follow_up
               or (home.start_date > follow.follow_up and home.situation not in ('dead', 'emigrated')))
        group by all
    ),
    at_follow_up as (
        select follow.kind, follow.person, follow.index_year, follow.index_day, follow.follow_up,
               coalesce(covering.situation, nearest.situation, 'no_record') as situation
        from follow
        left join covering using (kind, person, index_year, follow_up)
        left join nearest using (kind, person, index_year, follow_up)
    )
"""
"""Needs a relation `follow` (kind, person, index_year, index_day, follow_up) and the register `housing_situation`.

The address record on the day; where there is none, the nearest one within the window (a tie goes to the earlier, and of
two that ended on one day to the one that began first).
`dead` and `emigrated` are situations too: who is either has left the denominator. Who dies or emigrates after the day
was there on it. A record of a number alone (`number_only`) tells nothing of its person.
"""
