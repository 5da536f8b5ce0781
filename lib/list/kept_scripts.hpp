// What happens to a kept list on the server: each step is one script.
#pragma once

#include "sluice/redis/script.hpp"

namespace sluice {

/// Keys: the list, this process's own, the members. Arguments: how many; how many are in hand, or
/// -1; how long a list stays; the end to take from. After a lost answer it is asked what stands in
/// the process's own list beyond what is in hand; that comes first. New elements are pushed at the
/// left of its own. Else nothing is read before the last step: who reads is told of the next
/// change, even of its own, and older servers arm the bells of all keys. Gives the elements, and
/// how many remain. Not to be repeated.
const script& take_script();

// These are done once for each number, however often they are sent: of equal elements a repeated
// one would take another away. Keys: this process's own list, what was done; others. Arguments: the
// number; how many numbers to forget, and these; others.

/// Removes an element that was handled, the oldest of its kind. Arguments: the element.
const script& forget_script();
/// Moves it to the dead letters. Keys: their stream. Arguments: the words of the `XADD` behind the
/// key, of which the element is the last.
const script& bury_script();
/// Pushes elements again; what is not there any more was put back by others. Keys: the list.
/// Arguments: the lifetime of the list or 0; what pushes at its end; the elements, the newest
/// first.
const script& give_back_script();

/// Keys: the members, this process's own list, what it has done. Arguments: whether it has
/// something in hand; how long the dead are silent, how long a list stays, in ms; whether no step
/// may come again. Gives the lists of the dead.
const script& beat_script();
/// Keys: the list, the dead process's own, the members, how often each element was put back, the
/// dead letters, what the dead one has done. Arguments: silence; the most deaths; lifetime of the
/// list or 0; stay; what pushes at its end; then the words of a burial without its element, which
/// comes last. The oldest element ends outermost, to be taken next.
const script& put_back_script();

}  // namespace sluice
