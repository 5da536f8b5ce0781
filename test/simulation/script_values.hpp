// Between the values of Lua and those of the protocol, as redis.io, "Lua API reference" has it.
#pragma once

#include "sluice/resp/value.hpp"

#include <string>
#include <vector>

extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}

namespace sluice::simulation {

/// The arguments of `redis.call`, which are the whole stack.
std::vector<std::string> words_of(lua_State* state);
/// Puts a reply on the stack: a text, number, `false` for null, a list, `{ok = …}`, `{err = …}`.
void push_reply(lua_State* state, const resp::value& reply);
/// The reply that a value at `index` makes, as it is written to a RESP3 client.
std::string reply_of(lua_State* state, int index);

}  // namespace sluice::simulation
