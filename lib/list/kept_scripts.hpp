// What happens to a kept list on the server: each step is one script.
#pragma once

#include "sluice/redis/script.hpp"

namespace sluice {

/// Keys: the list, this process's own, the members, how often each element was put back.
/// Arguments: how many; how many are in hand, or -1; how long a list stays; the end to take from;
/// after how many deaths an element is a suspect, or 0; whether a suspect may be taken. After a
/// lost answer it is asked what stands in the process's own list beyond what is in hand; that comes
/// first. New elements are pushed at the left of its own. A suspect comes alone. Else nothing is
/// read before everything is moved: who reads is told of the next change, even of its own, and
/// older servers arm the bells of all keys. Gives the elements; how many remain; the positions of
/// those that were put back before; 1 where a suspect comes next, 2 where it is what was taken. Not
/// to be repeated.
const script& take_script();

// These are done once for each number, however often they are sent: of equal elements a repeated
// one would take another away. Keys: this process's own list, what was done; others. Arguments: the
// number; how many numbers to forget, and these; others.

/// Removes elements that were handled, each the oldest of its kind. Keys: how often each was put
/// back, where that is to be forgotten. Arguments: the elements.
const script& forget_script();
/// Moves it to the dead letters. Keys: their stream; as above. Arguments: the words of the `XADD`
/// behind the key, of which the element is the last.
const script& bury_script();
/// Pushes elements again; what is not there any more was put back by others. Keys: the list.
/// Arguments: the lifetime of the list or 0; what pushes at its end; the elements, the newest
/// first.
const script& give_back_script();

/// Keys: the members, this process's own list, what it has done. Arguments: whether it has
/// something in hand, or a step that may come again; how long the dead are silent, how long a list
/// stays, in ms. Gives the lists of the dead.
const script& beat_script();
/// Keys: the list, the dead process's own, the members, how often each element was put back, the
/// dead letters, what the dead one has done. Arguments: silence; the most deaths; lifetime of the
/// list or 0; stay; its end; after how many deaths an element is a suspect; then the words of a
/// burial without its element, which comes last. The oldest element ends outermost, to be taken
/// next. Buried is a suspect that was alone in the hands of the dead, or one that died three times
/// as often as it may. Gives how many were. What is refused stays where it is.
const script& put_back_script();

}  // namespace sluice
