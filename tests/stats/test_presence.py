"""Entries minus exits, and what they would have been."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from core.stats.presence import day_peaks, reduction_of, shifts_of
from tests.stats.makers import ATHENS, Story, at, wanted


def peaks_of(story: Story) -> list[tuple[str, int, int, int, int]]:
    log = story.log()
    shifts = [shift for each in log.applications.values() for shift in shifts_of(each)]
    found = day_peaks(log.minutes, shifts, ATHENS)
    return [(peak.facility, peak.day.day, peak.opening, peak.peak, peak.first_choices) for peak in found]


def test_the_example_of_the_manual() -> None:
    """Three wanted 18:00; one was led to 17:00, where one was already."""
    story = Story()
    for booking in (1, 2):
        story.apply(at(1, 9), at(2, 18), booking)
    story.apply(at(1, 9), at(2, 17), 3, **wanted(at(2, 18)))
    story.apply(at(1, 9), at(2, 17), 4)
    for booking, hour in ((3, 17), (4, 17), (1, 18), (2, 18)):
        story.visit(booking, at(2, hour))
    assert peaks_of(story) == [("pool", 2, 0, 2, 3)]
    log = story.log()
    shifts = [shift for each in log.applications.values() for shift in shifts_of(each)]
    reduction = reduction_of(day_peaks(log.minutes, shifts, ATHENS))
    assert reduction.per_cent == 33


def test_who_stays_over_midnight_is_inside_as_the_day_begins() -> None:
    story = Story()
    story.passing(at(2, 23), 4)
    story.passing(at(3, 1), -4)
    story.passing(at(3, 9), 2)
    assert peaks_of(story) == [("pool", 2, 0, 4, 4), ("pool", 3, 4, 4, 4)]


def test_who_was_led_to_another_facility_is_put_back_there() -> None:
    story = Story()
    story.apply(at(1, 9), at(2, 18), 1, facility="gym", **wanted(at(2, 18)))
    story.visit(1, at(2, 18), facility="gym")
    assert peaks_of(story) == [("gym", 2, 0, 1, 0), ("pool", 2, 0, 0, 1)]


def test_early_arrivals_do_not_hide_that_a_suggestion_made_it_worse() -> None:
    """Both wanted different hours and were brought together; they come five minutes early."""
    story = Story()
    story.apply(at(1, 9), at(2, 18), 1)
    story.apply(at(1, 9), at(2, 18), 2, **wanted(at(2, 17)))
    for booking in (1, 2):
        story.attend(at(2, 18), booking)
    story.passing(at(2, 17, 55), 2)
    story.passing(at(2, 18, 50), -2)
    assert peaks_of(story) == [("pool", 2, 0, 2, 1)]


def test_at_the_change_of_hours_nobody_is_counted_in_both() -> None:
    """One was led from 17:00 to 18:00 and comes while those of 17:00 are still inside."""
    story = Story()
    story.apply(at(1, 9), at(2, 17), 1)
    story.apply(at(1, 9), at(2, 18), 2, **wanted(at(2, 17)))
    story.attend(at(2, 17), 1)
    story.attend(at(2, 18), 2)
    story.passing(at(2, 17), 1)
    story.passing(at(2, 17, 50), -1)
    story.passing(at(2, 17, 55), 1)
    story.passing(at(2, 18, 50), -1)
    assert peaks_of(story) == [("pool", 2, 0, 1, 2)]


def test_who_did_not_come_is_not_put_back() -> None:
    story = Story()
    story.apply(at(1, 9), at(2, 17), 1, **wanted(at(2, 18)))
    story.passing(at(2, 10), 1)
    assert peaks_of(story) == [("pool", 2, 0, 1, 1)]


visits = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 20), st.integers(1, 120), st.integers(1, 6)), min_size=1
)


@settings(deadline=None)
@given(visits)
def test_where_nobody_was_led_elsewhere_the_reduction_is_exactly_nothing(
    stays: list[tuple[int, int, int, int]],
) -> None:
    story = Story()
    for day, hour, minutes, persons in stays:
        story.passing(at(day, hour), persons)
        story.passing(at(day, hour) + timedelta(minutes=minutes), -persons)
    for _, _, opening, peak, first in peaks_of(story):
        assert opening == 0
        assert peak == first > 0


@settings(deadline=None)
@given(visits)
def test_a_peak_is_the_most_that_were_inside_at_any_minute(stays: list[tuple[int, int, int, int]]) -> None:
    story = Story()
    for day, hour, minutes, persons in stays:
        story.passing(at(day, hour), persons)
        story.passing(at(day, hour) + timedelta(minutes=minutes), -persons)
    for _, day, _, peak, _ in peaks_of(story):
        counted = 0
        for moment in {
            at(day, hour) for of, hour, _, _ in stays if of == day
        }:  # it is reached as somebody enters
            inside = sum(
                persons
                for of, hour, stay, persons in stays
                if of == day and at(day, hour) <= moment < at(day, hour) + timedelta(minutes=stay)
            )
            counted = max(counted, inside)
        assert peak == counted
