"""Pure: whom a live consult rings, until one accepts, all is tried, or the requester decides otherwise.

`step` takes a state, an event and the moment, and gives the next state and what to do about it. State and effects
are written in one transaction. An event that comes twice or too late changes nothing: answers name the ring that
they answer. Decided here:

- Everyone on duty is rung, whatever presence says. A step that would ring nobody is passed over at once.
- Whoever was rung may accept for as long as the case rings, also after their time or after they declined.
- A decline holds for the case. Only in a restarted round, when everyone of the path who is on duty has declined, are
  they asked again, once in that round. A raised urgency is a new question, and so is a case that was written.
- "In 5 minutes" is a promise: the person is rung again then. Until the requester takes it, others are rung; when all
  are tried, the case waits for the first promise by itself. Who keeps a promise is rung even while another is awaited.
- A round robin asks the next one in turn whom no other case rings; when others ring them all, the next one in turn.
- A colleague who is suggested is rung at once for the time of the step, if they cover the case and are on duty.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from server.consults.ring_events import (
    Accept,
    Begin,
    Decline,
    Effect,
    Event,
    FallBackToWritten,
    Finish,
    NodeResumed,
    Offer,
    OnDuty,
    Open,
    RaiseUrgency,
    RefuseOffer,
    Ring,
    StopRinging,
    Suggest,
    SwitchToWritten,
    TakeOffer,
    Tell,
    TimerDue,
    Topic,
    WhyStopped,
)
from server.consults.ring_state import (
    LONGEST_WAIT,
    Accepted,
    Closed,
    Ending,
    Plan,
    Promise,
    Ringing,
    Rung,
    State,
    WhyWritten,
    Written,
)
from server.consults.ring_turn_rules import busy, path_of, step_of, took_turn, whom
from server.consults.service_rules import OnDecline, OnNobody, StepKind, Urgency, is_more_urgent
from server.kit.ids import AccountId

Outcome = tuple[State, tuple[Effect, ...]]


def begin(plan: Plan, urgency: Urgency, on_duty: frozenset[AccountId], now: datetime) -> Outcome:
    """Make a new case ring; it is a written one at once when nobody of any path is on duty."""
    return _go_on(Ringing(plan, urgency, on_duty, now), (), now)


def step(state: State, event: Event, now: datetime) -> Outcome:
    """Give the state after an event, and what to do about it."""
    match state:
        case Ringing():
            return _while_ringing(state, event, now)
        case Accepted():
            return _once_accepted(state, event)
        case Written():
            return _once_written(state, event, now)
        case Closed():
            return state, ()
        case _:
            assert_never(state)


def due_at(state: State) -> datetime | None:
    """Give the moment at which a TimerDue does something; None when nothing waits."""
    if not isinstance(state, Ringing):
        return None
    moments = [ring.until for ring in state.rings] + [promise.at for promise in state.promises]
    return min(moments) if state.rings or state.awaited else min([*moments, state.ends])


def _while_ringing(state: Ringing, event: Event, now: datetime) -> Outcome:  # noqa: C901 - one line for each event
    match event:
        case Begin():
            return state, ()
        case TimerDue() | NodeResumed():
            return _when_due(state, now)
        case OnDuty(accounts):
            return _change_duty(state, accounts, now)
        case Accept(account):
            return _accept(state, account)
        case Decline():
            return _decline(state, event, now)
        case Offer():
            return _offer(state, event, now)
        case TakeOffer():
            return _take(state, event, now)
        case RefuseOffer():
            return _refuse(state, event, now)
        case Suggest():
            return _suggest(state, event, now)
        case RaiseUrgency(urgency, plan):
            return _raise(state, urgency, plan, now)
        case SwitchToWritten():
            return _write(state, WhyWritten.CHOSEN, _stops(state.rings, WhyStopped.WITHDRAWN))
        case Finish(how):
            return _finish(state, how)
        case _:
            assert_never(event)


def _once_accepted(state: Accepted, event: Event) -> Outcome:
    """Only its end, or the wish for a written answer, changes a case that somebody has taken."""
    if isinstance(event, SwitchToWritten):
        written = Written(WhyWritten.CHOSEN, state.urgency, state.tried, state.count, state.by)
        return written, (FallBackToWritten(WhyWritten.CHOSEN),)
    if isinstance(event, Finish) and event.how is not Ending.CANCELLED:
        return Closed(event.how), ()
    return state, ()


def _once_written(state: Written, event: Event, now: datetime) -> Outcome:
    if isinstance(event, Begin):
        again = Ringing(event.plan, state.urgency, event.on_duty, now, tried=state.tried, count=state.count)
        return _go_on(again, (), now)
    if isinstance(event, RaiseUrgency) and is_more_urgent(event.urgency, state.urgency):
        return replace(state, urgency=event.urgency), ()
    if isinstance(event, Finish):
        return Closed(event.how), ()
    return state, ()


def _accept(state: Ringing, account: AccountId) -> Outcome:
    if account not in state.tried:
        return state, ()
    others = [ring for ring in state.rings if ring.account != account]
    taken = Accepted(account, state.urgency, state.tried, state.count)
    return taken, (Open(account), *_stops(others, WhyStopped.ELSEWHERE), Tell(Topic.PROGRESS))


def _finish(state: Ringing, how: Ending) -> Outcome:
    if how is Ending.ANSWERED:
        return state, ()  # nobody could have
    why = WhyStopped.CANCELLED if how is Ending.CANCELLED else WhyStopped.TIMED_OUT
    return Closed(how), _stops(state.rings, why)


def _write(state: Ringing, why: WhyWritten, before: tuple[Effect, ...]) -> Outcome:
    written = Written(why, state.urgency, state.tried, state.count)
    return written, (*before, FallBackToWritten(why), Tell(Topic.PROGRESS))


def _when_due(state: Ringing, now: datetime) -> Outcome:
    over = tuple(ring for ring in state.rings if ring.until <= now)
    came = tuple(promise for promise in state.promises if promise.at <= now)
    if not over and not came and (state.rings or state.awaited or state.ends > now):
        return state, ()
    kept = tuple(promise for promise in state.promises if promise not in came)
    left = replace(state, rings=tuple(ring for ring in state.rings if ring not in over), promises=kept)
    if state.awaited in {promise.account for promise in came}:
        left = replace(left, awaited=None)
    there = tuple(promise.account for promise in came if promise.account in state.on_duty)
    after, effects = _ring(left, there, now)
    stopped = _stops(over, WhyStopped.TIMED_OUT)
    if not after.rings and not after.awaited and after.ends <= now:
        return _go_on(after, stopped, now)
    return after, (*stopped, *effects)


def _change_duty(state: Ringing, on_duty: frozenset[AccountId], now: datetime) -> Outcome:
    gone = tuple(ring for ring in state.rings if ring.account not in on_duty)
    kept = tuple(promise for promise in state.promises if promise.account in on_duty)
    left = replace(state, on_duty=on_duty, rings=_without(state, gone), promises=kept)
    if state.awaited not in on_duty:
        left = replace(left, awaited=None)
    stopped = _stops(gone, WhyStopped.WITHDRAWN)
    if not left.rings and not left.awaited and (gone or state.awaited):
        return _go_on(left, stopped, now)
    if left.awaited is None and step_of(left).whom is StepKind.EVERYONE:
        newly = [one for one in on_duty - state.on_duty if one in left.plan.covering and one not in left.declined]
        after, effects = _ring(left, tuple(sorted(newly)), now)
        return after, (*stopped, *effects)
    return left, stopped


def _decline(state: Ringing, event: Decline, now: datetime) -> Outcome:
    own = _ring_of(state, event)
    if not own:
        return _refuse(state, event, now)  # who cannot come after all
    left = _declined(replace(state, rings=_without(state, own)), event.account)
    stopped = (*_stops(own, WhyStopped.DECLINED), Tell(Topic.DECLINED))
    return _unless_nobody_rings(left, stopped, now)


def _offer(state: Ringing, event: Offer, now: datetime) -> Outcome:
    own = _ring_of(state, event)
    if not own or not 1 <= event.minutes <= LONGEST_WAIT:
        return state, ()
    promise = Promise(event.account, now + timedelta(minutes=event.minutes), event.number)
    left = replace(state, rings=_without(state, own), promises=(*state.promises, promise))
    stopped = (*_stops(own, WhyStopped.OFFERED), Tell(Topic.OFFERED))
    return _unless_nobody_rings(left, stopped, now)


def _take(state: Ringing, event: TakeOffer, now: datetime) -> Outcome:
    if state.awaited == event.account or not _promise_of(state, event):
        return state, ()
    waiting = replace(state, rings=(), awaited=event.account, ends=now)
    return waiting, (*_stops(state.rings, WhyStopped.WITHDRAWN), Tell(Topic.WAITING))


def _refuse(state: Ringing, event: RefuseOffer | Decline, now: datetime) -> Outcome:
    broken = _promise_of(state, event)
    if not broken:
        return state, ()
    kept = tuple(promise for promise in state.promises if promise not in broken)
    left = _declined(replace(state, promises=kept), event.account)
    if state.awaited != event.account:
        return left, (Tell(Topic.PROGRESS),)
    return _go_on(replace(left, awaited=None), (), now)


def _suggest(state: Ringing, event: Suggest, now: datetime) -> Outcome:
    own, colleague = _ring_of(state, event), event.colleague
    if not own or colleague == event.account:
        return state, ()
    left = _declined(replace(state, rings=_without(state, own)), event.account)
    told = (*_stops(own, WhyStopped.DECLINED), Tell(Topic.SUGGESTED))
    if colleague not in state.plan.covering or colleague in busy(left) | left.declined:
        return _unless_nobody_rings(left, told, now)
    after, effects = _ring(left, tuple({colleague} & state.on_duty), now)
    return _unless_nobody_rings(after, (*told, *effects), now)


def _raise(state: Ringing, urgency: Urgency, plan: Plan, now: datetime) -> Outcome:
    """Begin the plan of the new urgency. Who is rung goes on being rung beside those whom it rings."""
    if not is_more_urgent(urgency, state.urgency):
        return state, ()
    none: frozenset[AccountId] = frozenset()
    sooner = replace(state, plan=plan, urgency=urgency, path=0, step=-1, round=0, declined=none, declined_now=none)
    return _go_on(replace(sooner, awaited=None, rang_in_round=False), (), now)


def _unless_nobody_rings(state: Ringing, effects: tuple[Effect, ...], now: datetime) -> Outcome:
    """Go on at once when nobody is rung any more, unless the path lets the time of the step pass."""
    waits = path_of(state).on_decline is OnDecline.CONTINUE and state.ends > now
    if state.rings or state.awaited or waits:
        return state, effects
    return _go_on(state, effects, now)


def _go_on(state: Ringing, effects: tuple[Effect, ...], now: datetime) -> Outcome:
    """Ring whom the next step rings that finds somebody; then wait for a promise; then it is a written case."""
    at: Ringing | None = replace(state, ends=now)
    while at is not None and (at := _next(at)) is not None:
        if who := whom(at):
            after, rung = _ring(at, who, now)
            return took_turn(after, who), (*effects, *rung, Tell(Topic.PROGRESS))
    if state.rings:  # from before the urgency rose: the plan begins when they are over
        return state, (*effects, Tell(Topic.PROGRESS))
    if state.promises:
        first = min(state.promises, key=lambda promise: (promise.at, promise.account))
        return replace(state, awaited=first.account, ends=now), (*effects, Tell(Topic.WAITING))
    return _write(state, WhyWritten.NOBODY, effects)


def _next(state: Ringing) -> Ringing | None:
    """Give the case at its next step, in the next round or on the next path; None when all are tried."""
    path = path_of(state)
    if state.step + 1 < len(path.steps):
        return replace(state, step=state.step + 1)
    fresh = replace(state, declined_now=frozenset(), rang_in_round=False)
    if state.rang_in_round and state.round < path.restarts:
        return replace(fresh, round=state.round + 1, step=0)
    if path.on_nobody is OnNobody.WRITTEN or state.path + 1 >= len(state.plan.paths):
        return None
    return _next(replace(fresh, path=state.path + 1, round=0, step=-1))


def _ring(state: Ringing, who: tuple[AccountId, ...], now: datetime) -> tuple[Ringing, tuple[Effect, ...]]:
    """Ring some for the time of the step, from now on."""
    who = tuple(one for one in who if one not in {ring.account for ring in state.rings})
    if not who:
        return state, ()
    until = now + timedelta(seconds=step_of(state).seconds)
    rings = tuple(Rung(one, until, state.count + nth) for nth, one in enumerate(who, 1))
    after = replace(
        state,
        rings=(*state.rings, *rings),
        ends=max(state.ends, until),
        tried=state.tried | set(who),
        count=state.count + len(who),
        rang_in_round=True,
    )
    return after, tuple(Ring(ring.account, ring.until, ring.number) for ring in rings)


def _declined(state: Ringing, account: AccountId) -> Ringing:
    return replace(state, declined=state.declined | {account}, declined_now=state.declined_now | {account})


def _ring_of(state: Ringing, event: Decline | Offer | Suggest) -> tuple[Rung, ...]:
    named = (event.account, event.number)
    return tuple(ring for ring in state.rings if (ring.account, ring.number) == named)


def _promise_of(state: Ringing, event: TakeOffer | RefuseOffer | Decline) -> tuple[Promise, ...]:
    named = (event.account, event.number)
    return tuple(promise for promise in state.promises if (promise.account, promise.number) == named)


def _without(state: Ringing, rings: tuple[Rung, ...]) -> tuple[Rung, ...]:
    return tuple(ring for ring in state.rings if ring not in rings)


def _stops(rings: Iterable[Rung], why: WhyStopped) -> tuple[Effect, ...]:
    return tuple(StopRinging(ring.account, ring.number, why) for ring in rings)
