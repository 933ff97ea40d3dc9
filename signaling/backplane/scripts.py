"""What Redis does in one step: its scripts, and the names of its keys.

Keys begin with `curbside:`. Per room: a hash (`generation`, `born`, `seq`, two rooms that were kept, `base` and `next`,
with their numbers, and per hub the number of its last write), a stream of entries with the ids `<number>-0`, and the
set of the hubs that follow.
Per hub: a stream, its inbox, into which each entry of a room that it follows is put, and the set of those rooms.
`curbside:nodes` holds until when each hub is sure to be there, by Redis' own clock, and `curbside:marks` a mark per hub
that changes when it was forgotten: so a hub that did not get the answer learns of it from the next one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import reduce
from typing import Final

NODES: Final = "curbside:nodes"
NOTICES: Final = "curbside:notices"
LEASE_MS: Final = 5_000
LOG_ENTRIES: Final = 2_048
"""More entries than this after the last room that was kept: then the log counts as lost."""
INBOX_ENTRIES: Final = 20_000
ROOM_SECONDS: Final = 2 * 24 * 3600
"""A room that nobody follows and in which nothing happens is dropped after this."""


def room_key(room: str) -> str:
    """Name the hash of a room."""
    return f"curbside:room:{room}"


def inbox_key(hub: str) -> str:
    """Name the inbox of a hub."""
    return f"curbside:inbox:{hub}"


@dataclass(frozen=True, slots=True)
class Script:
    """`text` in Lua, with the numbers above by their names; `sha` is what Redis calls it by."""

    text: str
    sha: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Put in the numbers and compute the hash."""
        numbers = {"LEASE_MS": LEASE_MS, "LOG": LOG_ENTRIES, "INBOX": INBOX_ENTRIES, "ROOM_SECONDS": ROOM_SECONDS}
        text = reduce(lambda text, name: text.replace(f"${name}", str(numbers[name])), numbers, self.text)
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "sha", hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


_BEGIN: Final = """
local function begin(room, generation, born)
  redis.call('HSET', room, 'generation', generation, 'born', born, 'seq', 0, 'base_seq', 0, 'next_seq', 0)
  redis.call('DEL', room .. ':log')
  redis.call('EXPIRE', room, $ROOM_SECONDS)
  return generation
end
"""

# room key, room, hub, number of this write, expected generation or '', generation to begin, time, sealed entry
APPEND: Final = Script(
    _BEGIN
    + """
local room, name, hub, number, expected, fresh, born, sealed = unpack(ARGV)
local generation = redis.call('HGET', room, 'generation')
if expected ~= '' and generation ~= expected then return {'lost'} end
generation = generation or begin(room, fresh, born)
local written = redis.call('HGET', room, 'from:' .. hub)
if written and tonumber(written) >= tonumber(number) then return {'again'} end
local seq = redis.call('HINCRBY', room, 'seq', 1)
redis.call('HSET', room, 'from:' .. hub, number)
redis.call('XADD', room .. ':log', 'MAXLEN', $LOG, seq .. '-0', 'e', sealed)
for _, follower in ipairs(redis.call('SMEMBERS', room .. ':nodes')) do
  redis.call('XADD', 'curbside:inbox:' .. follower, 'MAXLEN', '~', $INBOX, '*',
    'r', name, 'g', generation, 'n', seq, 'e', sealed)
end
return {'done'}
"""
)

# room key, room, hub, generation to begin, time
FOLLOW: Final = Script(
    _BEGIN
    + """
local room, name, hub, fresh, born = unpack(ARGV)
if redis.call('HEXISTS', room, 'generation') == 0 then begin(room, fresh, born) end
redis.call('SADD', room .. ':nodes', hub)
redis.call('SADD', 'curbside:follows:' .. hub, name)
local kept = redis.call('HMGET', room, 'generation', 'born', 'base_seq', 'base')
return {kept[1], kept[2], kept[3], kept[4] or '', redis.call('XRANGE', room .. ':log', (kept[3] + 1) .. '-0', '+')}
"""
)

# room key, room, hub
UNFOLLOW: Final = Script("""
redis.call('SREM', ARGV[1] .. ':nodes', ARGV[3])
redis.call('SREM', 'curbside:follows:' .. ARGV[3], ARGV[2])
""")

# room key, generation, number, sealed room
KEEP: Final = Script("""
local room, generation, number, sealed = unpack(ARGV)
local kept = redis.call('HMGET', room, 'generation', 'next_seq', 'next')
if kept[1] ~= generation or tonumber(number) <= tonumber(kept[2]) then return end
redis.call('HSET', room, 'base_seq', kept[2], 'base', kept[3] or '', 'next_seq', number, 'next', sealed)
redis.call('XTRIM', room .. ':log', 'MINID', (kept[2] + 1) .. '-0')
redis.call('EXPIRE', room, $ROOM_SECONDS)
redis.call('EXPIRE', room .. ':log', $ROOM_SECONDS)
""")

# room key, room, generation, number or '' for whichever
DISCARD: Final = Script("""
local room, name, generation, number = unpack(ARGV)
local kept = redis.call('HMGET', room, 'generation', 'seq')
if kept[1] ~= generation or (number ~= '' and kept[2] ~= number) then return end
for _, hub in ipairs(redis.call('SMEMBERS', room .. ':nodes')) do
  redis.call('SREM', 'curbside:follows:' .. hub, name)
end
redis.call('DEL', room, room .. ':log', room .. ':nodes')
""")

_NOW: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""

# hub, mark; gives the mark that the hub had when it was last unknown, who is there, and whose time has passed
BEAT: Final = Script(
    _NOW
    + """
if not redis.call('ZSCORE', 'curbside:nodes', ARGV[1]) then
  redis.call('HSET', 'curbside:marks', ARGV[1], ARGV[2])
end
redis.call('ZADD', 'curbside:nodes', now + $LEASE_MS, ARGV[1])
return {redis.call('HGET', 'curbside:marks', ARGV[1]) or '', redis.call('ZRANGEBYSCORE', 'curbside:nodes', now, '+inf'),
  redis.call('ZRANGEBYSCORE', 'curbside:nodes', '-inf', '(' .. now)}
"""
)

# gives who is there, each followed by for how many more ms that is sure
WHO: Final = Script(
    _NOW
    + """
local found = {}
for number, value in ipairs(redis.call('ZRANGEBYSCORE', 'curbside:nodes', now, '+inf', 'WITHSCORES')) do
  found[number] = number % 2 == 1 and value or tonumber(value) - now
end
return found
"""
)

# dead hub, hub; gives the rooms that the dead one followed, or nothing when another hub sees to it
CLAIM: Final = Script("""
if not redis.call('SET', 'curbside:burial:' .. ARGV[1], ARGV[2], 'NX', 'PX', 3000) then return false end
return redis.call('SMEMBERS', 'curbside:follows:' .. ARGV[1])
""")

# dead hub, unless it is back
BURY: Final = Script(
    _NOW
    + """
local hub = ARGV[1]
local score = redis.call('ZSCORE', 'curbside:nodes', hub)
if score and tonumber(score) >= now then return end
for _, room in ipairs(redis.call('SMEMBERS', 'curbside:follows:' .. hub)) do
  redis.call('SREM', 'curbside:room:' .. room .. ':nodes', hub)
end
redis.call('ZREM', 'curbside:nodes', hub)
redis.call('HDEL', 'curbside:marks', hub)
redis.call('DEL', 'curbside:inbox:' .. hub, 'curbside:follows:' .. hub)
"""
)

# hub
LEAVE: Final = Script("redis.call('ZADD', 'curbside:nodes', 'XX', 0, ARGV[1])")

# hub, sealed notice
ANNOUNCE: Final = Script(
    "redis.call('XADD', 'curbside:notices', 'MAXLEN', '~', 10000, '*', 'from', ARGV[1], 'notice', ARGV[2])"
)
