#include "script_engine.hpp"

#include "script_values.hpp"

#include "sluice/redis/script.hpp"

#include <stdexcept>
#include <utility>

namespace sluice::simulation {
namespace {

constexpr const char* scripts = "scripts";

script_engine& engine_of(lua_State* state) {
  return *static_cast<script_engine*>(lua_touserdata(state, lua_upvalueindex(1)));
}

// Errors of commands are tables, those of the language are texts.
std::string text_of_failure(lua_State* state) {
  if (lua_istable(state, -1)) return reply_of(state, -1);
  const char* const text = lua_tostring(state, -1);
  return std::string("-ERR ") + (text == nullptr ? "no text" : text) + "\r\n";
}

}  // namespace

void script_engine::closer::operator()(lua_State* state) const noexcept { lua_close(state); }

script_engine::script_engine() : state_(luaL_newstate()) {
  auto* const state = state_.get();
  luaL_openlibs(state);
  forget_all();
  lua_newtable(state);
  lua_pushlightuserdata(state, this);
  lua_pushcclosure(state, &script_engine::on_call, 1);
  lua_setfield(state, -2, "call");
  lua_pushlightuserdata(state, this);
  lua_pushcclosure(state, &script_engine::on_protected_call, 1);
  lua_setfield(state, -2, "pcall");
  lua_setglobal(state, "redis");
}

void script_engine::forget_all() {
  lua_newtable(state_.get());
  lua_setfield(state_.get(), LUA_REGISTRYINDEX, scripts);
}

std::string script_engine::load(const std::string& text) {
  const auto digest = script(text).digest();
  auto* const state = state_.get();
  if (luaL_loadbuffer(state, text.data(), text.size(), "@user_script") != 0) {
    throw std::runtime_error(std::string("a script does not compile: ") + lua_tostring(state, -1));
  }
  lua_getfield(state, LUA_REGISTRYINDEX, scripts);
  lua_insert(state, -2);
  lua_setfield(state, -2, digest.c_str());
  lua_pop(state, 1);
  return digest;
}

bool script_engine::knows(const std::string& digest) const {
  auto* const state = state_.get();
  lua_getfield(state, LUA_REGISTRYINDEX, scripts);
  lua_getfield(state, -1, digest.c_str());
  const bool known = lua_isfunction(state, -1);
  lua_pop(state, 2);
  return known;
}

std::string script_engine::run(const std::string& digest, const words& keys, const words& arguments,
                               command_handler handler) {
  handler_ = std::move(handler);
  set_list("KEYS", keys);
  set_list("ARGV", arguments);
  auto* const state = state_.get();
  lua_getfield(state, LUA_REGISTRYINDEX, scripts);
  lua_getfield(state, -1, digest.c_str());
  const bool failed = lua_pcall(state, 0, 1, 0) != 0;
  auto reply = failed ? text_of_failure(state) : reply_of(state, -1);
  lua_settop(state, 0);
  return reply;
}

void script_engine::set_list(const char* name, const words& list) {
  auto* const state = state_.get();
  lua_createtable(state, static_cast<int>(list.size()), 0);
  for (std::size_t i = 0; i < list.size(); ++i) {
    lua_pushlstring(state, list[i].data(), list[i].size());
    lua_rawseti(state, -2, static_cast<int>(i + 1));
  }
  lua_setglobal(state, name);
}

// What throws in Lua jumps over C++ frames: nothing in these two may need its destructor.
int script_engine::on_call(lua_State* state) {
  const int failed = engine_of(state).call(false);
  return failed != 0 ? lua_error(state) : 1;
}

int script_engine::on_protected_call(lua_State* state) {
  engine_of(state).call(true);
  return 1;
}

/// Leaves the result on the stack; returns 1 when it is an error to be thrown.
int script_engine::call(bool is_protected) {
  auto* const state = state_.get();
  const auto reply = handler_(words_of(state));
  lua_settop(state, 0);
  push_reply(state, resp::value(reply));
  return !is_protected && reply.starts_with('-') ? 1 : 0;
}

}  // namespace sluice::simulation
