from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.exceptions import UnprocessableError
from backend.services.keyset import (
    make_page,
    number_cursor,
    parse_number_cursor,
    parse_time_cursor,
    time_cursor,
)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_time_cursor_comes_back(instant: datetime, key: UUID):
    assert parse_time_cursor(time_cursor(instant, key)) == (instant, key)


@given(st.integers(0, 2**63 - 1))
def test_a_number_cursor_comes_back(number: int):
    assert parse_number_cursor(number_cursor(number)) == number


@given(st.text())
def test_anything_else_is_refused_and_breaks_nothing(text: str):
    for parse in (parse_time_cursor, parse_number_cursor):
        try:
            parse(text)
        except UnprocessableError as error:
            assert error.extensions["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("number", [-1, 2**63, 10**40])
def test_numbers_that_postgres_could_not_hold_are_refused(number: int):
    with pytest.raises(UnprocessableError):
        parse_number_cursor(number_cursor(number))


def test_a_cursor_of_another_list_is_refused():
    with pytest.raises(UnprocessableError):
        parse_time_cursor(number_cursor(7))
    with pytest.raises(UnprocessableError):
        parse_number_cursor(time_cursor(datetime.now(UTC), UUID(int=7)))


def test_a_page_says_whether_there_is_more():
    assert make_page([1, 2, 3], 2, str).next_cursor == "2"
    assert make_page([1, 2], 2, str).next_cursor is None
    assert make_page([], 2, str).next_cursor is None
