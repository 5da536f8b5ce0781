#include "script_values.hpp"

#include "reply_text.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace sluice::simulation {
namespace {

// Numbers reach a command with all their digits, and no exponent where none is needed.
std::string argument(lua_State* state, int index) {
  if (lua_type(state, index) == LUA_TNUMBER) {
    std::array<char, 64> digits;
    const int length =
        std::snprintf(digits.data(), digits.size(), "%.17g", lua_tonumber(state, index));
    return std::string(digits.data(), static_cast<std::size_t>(length));
  }
  std::size_t size = 0;
  const char* const text = lua_tolstring(state, index, &size);
  return text == nullptr ? std::string() : std::string(text, size);
}

void push_text(lua_State* state, std::string_view text) {
  lua_pushlstring(state, text.data(), text.size());
}

void push_named(lua_State* state, const char* name, std::string_view text) {
  lua_newtable(state);
  push_text(state, text);
  lua_setfield(state, -2, name);
}

/// The text in a field of the table at `index`, if it is one: an error or a status.
bool write_named(reply_text& out, lua_State* state, int index, const char* name, bool is_error) {
  lua_getfield(state, index, name);
  const bool found = lua_isstring(state, -1) != 0;
  if (found) is_error ? out.error(lua_tostring(state, -1)) : out.simple(lua_tostring(state, -1));
  lua_pop(state, 1);
  return found;
}

void write(reply_text& out, lua_State* state, int index);

// A list ends at its first nil.
void write_list(reply_text& out, lua_State* state, int index) {
  reply_text members;
  std::size_t count = 0;
  for (;; ++count) {
    lua_rawgeti(state, index, static_cast<int>(count + 1));
    if (lua_isnil(state, -1)) break;
    write(members, state, lua_gettop(state));
    lua_pop(state, 1);
  }
  lua_pop(state, 1);
  out.array(count).raw(members.text());
}

void write(reply_text& out, lua_State* state, int index) {
  switch (lua_type(state, index)) {
    case LUA_TNUMBER:
      out.integer(static_cast<std::int64_t>(lua_tonumber(state, index)));
      break;
    case LUA_TSTRING:
      out.bulk(argument(state, index));
      break;
    case LUA_TBOOLEAN:
      lua_toboolean(state, index) != 0 ? out.integer(1) : out.null();
      break;
    case LUA_TTABLE:
      if (write_named(out, state, index, "err", true)) break;
      if (write_named(out, state, index, "ok", false)) break;
      write_list(out, state, index);
      break;
    default:
      out.null();
      break;
  }
}

}  // namespace

std::vector<std::string> words_of(lua_State* state) {
  std::vector<std::string> words;
  for (int i = 1; i <= lua_gettop(state); ++i) words.push_back(argument(state, i));
  return words;
}

void push_reply(lua_State* state, const resp::value& reply) {
  lua_checkstack(state, 4);
  switch (reply.type()) {
    case resp::kind::integer:
      lua_pushnumber(state, static_cast<lua_Number>(reply.integer().value_or(0)));
      break;
    case resp::kind::null:
      lua_pushboolean(state, 0);
      break;
    case resp::kind::simple_string:
      push_named(state, "ok", reply.text());
      break;
    case resp::kind::simple_error:
      push_named(state, "err", reply.text());
      break;
    default:
      if (!reply.is_aggregate()) return push_text(state, reply.text());
      lua_newtable(state);
      int place = 0;
      for (const auto& each : reply) {
        push_reply(state, each);
        lua_rawseti(state, -2, ++place);
      }
      break;
  }
}

std::string reply_of(lua_State* state, int index) {
  reply_text out;
  write(out, state, index < 0 ? lua_gettop(state) + 1 + index : index);
  return out.take();
}

}  // namespace sluice::simulation
