"""What the requester is told while a case rings."""

from server.consults.ring_progress_rules import Progress, Then, progress
from server.consults.ring_rules import due_at
from server.consults.ring_state import Path, Plan, Ringing
from server.consults.service_rules import OnDecline, OnNobody, Urgency
from tests.server.consults.ringing import LIN, OKAFOR, PEOPLE, REYES, Case, group, one, plan


def seen(case: Case) -> Progress:
    assert isinstance(case.state, Ringing)
    return progress(case.state, case.now)


def test_it_says_which_step_rings_and_for_how_long_at_most() -> None:
    case = Case(plan(one(OKAFOR, 45), group(REYES, LIN, seconds=60)))
    case.later(10.5)
    assert seen(case) == Progress(
        step=1,
        steps=2,
        round=1,
        rounds=1,
        asked_now=(OKAFOR,),
        asked_in_all=1,
        declined=0,
        seconds_left=35,
        at_most=95,
        then=Then.STEP,
    )


def test_rounds_that_are_left_count_in_full() -> None:
    case = Case(plan(one(OKAFOR, 20), one(REYES, 40), restarts=2))
    case.later(90)
    now = seen(case)
    assert (now.step, now.round, now.rounds) == (2, 2, 3)
    assert (now.seconds_left, now.at_most) == (30, 90)


def test_it_never_takes_longer_than_was_said() -> None:
    case = Case(plan(one(OKAFOR, 20), one(REYES, 40), restarts=2))
    said = case.now, seen(case).at_most
    while (due := due_at(case.state)) is not None:
        case.later((due - case.now).total_seconds())
    assert (case.now - said[0]).total_seconds() == said[1]


def test_it_says_what_comes_when_nobody_answers() -> None:
    paths = (Path((one(OKAFOR), one(REYES)), 1, on_nobody=OnNobody.NEXT_PATH), Path((one(LIN),)))
    case = Case(Plan(paths, PEOPLE))
    then = [seen(case).then]
    for _ in range(4):
        case.later(30)
        then.append(seen(case).then)
    assert then == [Then.STEP, Then.AGAIN, Then.STEP, Then.PATH, Then.WRITTEN]


def test_a_promise_comes_before_a_written_answer() -> None:
    case = Case(plan(one(OKAFOR), one(REYES)))
    case.offers(OKAFOR, 5)
    assert seen(case).then is Then.PROMISE


def test_while_somebody_is_awaited_their_time_counts() -> None:
    case = Case(plan(one(OKAFOR), one(REYES)))
    case.offers(OKAFOR, 5)
    case.takes(OKAFOR)
    assert (seen(case).asked_now, seen(case).seconds_left, seen(case).then) == ((), 300, Then.WRITTEN)


def test_time_that_a_step_lets_pass_counts_too() -> None:
    case = Case(Plan((Path((one(OKAFOR), one(LIN)), on_decline=OnDecline.CONTINUE),), PEOPLE))
    case.later(10)
    case.declines(OKAFOR)
    assert (seen(case).seconds_left, seen(case).declined) == (20, 1)


def test_a_plan_without_a_path_has_no_steps() -> None:
    case = Case(plan(one(OKAFOR)))
    assert isinstance(case.state, Ringing)
    bare = Ringing(Plan((), PEOPLE), Urgency.NOW, case.state.on_duty, case.now, rings=case.state.rings)
    assert progress(bare, case.now).then is Then.WRITTEN
    assert progress(bare, case.now).steps == 0
